/**
 * Asterisk's own way to a WebSocket, chan_websocket, with no relay: a small ARI application that answers callers and bridges them
 * with a media channel whose WebSocket the echo process opens.
 *
 * @see facts section 2 (chan_websocket, live)
 */

import { WebSocket } from 'ws';
import { z } from 'zod';
import { AriHttp, basicAuthorization } from '@patchcord/relay/io/ari/http';
import { eventSchema, type AriEvent } from '@patchcord/relay/io/ari/models';

const mediaSchema = z.object({ channelvars: z.record(z.string(), z.string()) });

export interface ChanWebsocketOptions {
  readonly ariUrl: string;
  readonly username: string;
  readonly password: string;
  readonly app: string;
  /** Opens the media socket of a call, in the echo's process. */
  dial(url: string, authorization: string): void;
}

/** Serves callers until it is closed. */
export async function serveChanWebsocket(options: ChanWebsocketOptions): Promise<() => void> {
  const { ariUrl, app } = options;
  const ari = new AriHttp(`${ariUrl}/ari`, options);
  const authorization = basicAuthorization(options);
  const wsUrl = ariUrl.replace('http', 'ws');
  const events = new WebSocket(`${wsUrl}/ari/events?app=${app}`, {
    headers: { Authorization: authorization },
  });
  const entered = new Map<string, () => void>();

  async function serve(callerId: string): Promise<void> {
    const mediaId = `media-${callerId}`;
    const bridgeId = `bridge-${callerId}`;
    const inApp = Promise.withResolvers<void>();
    entered.set(mediaId, () => inApp.resolve());
    const [media] = await Promise.all([
      ari.postFor('/channels/externalMedia', mediaSchema, {
        app,
        channelId: mediaId,
        external_host: 'INCOMING',
        transport: 'websocket',
        encapsulation: 'none',
        connection_type: 'server',
        format: 'ulaw',
      }),
      ari.post(`/channels/${callerId}/answer`),
      ari.post(`/bridges/${bridgeId}`, { type: 'mixing' }),
    ]);
    options.dial(
      `${wsUrl}/media/${media.channelvars['MEDIA_WEBSOCKET_CONNECTION_ID']}`,
      authorization,
    );
    await inApp.promise;
    await ari.post(`/bridges/${bridgeId}/addChannel`, { channel: `${callerId},${mediaId}` });
  }

  async function handle(event: AriEvent): Promise<void> {
    if (event.type === 'StasisStart') {
      const { id } = event.channel;
      if (id.startsWith('media-')) entered.get(id)?.();
      else await serve(id);
    } else if (event.type === 'StasisEnd' && !event.channel.id.startsWith('media-')) {
      await ari.deleteIfThere(`/channels/media-${event.channel.id}`);
      await ari.deleteIfThere(`/bridges/bridge-${event.channel.id}`);
    }
  }

  events.on('message', (data: Buffer) => {
    const parsed = eventSchema.safeParse(JSON.parse(data.toString('utf8')));
    if (!parsed.success) return;
    handle(parsed.data).catch((error: unknown) => {
      process.stderr.write(`chan_websocket: ${String(error)}\n`);
    });
  });
  const opened = Promise.withResolvers<void>();
  events.once('open', () => opened.resolve());
  events.once('error', (error) => opened.reject(error));
  await opened.promise;
  return () => events.terminate();
}
