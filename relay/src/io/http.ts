/** The relay's own HTTP surface: `/healthz`, `/readyz`, `/metrics` and Twilio's REST interface. Loopback unless configured otherwise. */

import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { twilioRestRoutes } from '@patchcord/shared/twilio/rest/router';
import { describeError, RelayError } from '../core/error.ts';
import { RelayCallControl } from './call-control.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Relay } from './relay.ts';

/** What `patchcord-relay sweep` asks for, to leave living calls alone. */
export interface Health {
  readonly status: 'ok';
  readonly calls: readonly { readonly callSid: string; readonly channelId: string }[];
  /** Every channel on the PBX that a call has: callers, those we dialled, external media. */
  readonly channels: readonly string[];
}

export function relayRoutes(relay: Relay, metrics: Metrics, log: Log): Hono {
  const app = new Hono();
  const { accountSid, authToken } = relay.config;
  app.route(
    '/',
    twilioRestRoutes({
      accountSid,
      authToken,
      control: new RelayCallControl(relay),
      report: (error) => {
        const code = error instanceof RelayError ? error.code : 'INTERNAL';
        relay.counters.error(code);
        log.error({ code }, describeError(error));
      },
    }),
  );
  app.get('/healthz', (c) => {
    const calls = [...relay.calls].map(({ sid, channelId, state }) => ({
      callSid: sid,
      channelId,
      state,
    }));
    return c.json({ status: 'ok', calls, channels: [...relay.channelIds] } satisfies Health);
  });
  app.get('/readyz', (c) => {
    const { isConnected, isDraining, callCount, asteriskVersion } = relay;
    const isReady = isConnected && !isDraining;
    const body = { ready: isReady, isConnected, isDraining, callCount, asteriskVersion };
    return c.json(body, isReady ? 200 : 503);
  });
  app.get('/metrics', async (c) =>
    c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
  );
  return app;
}

/** Listens; rejects with `HTTP_LISTEN_FAILED`. */
export async function listen(
  app: Hono,
  { host, port }: { host: string; port: number },
): Promise<Server> {
  const respond = getRequestListener(app.fetch);
  const server = createServer((request, response) => void respond(request, response));
  const listening = Promise.withResolvers<void>();
  server.once('listening', () => listening.resolve());
  server.once('error', (cause) => {
    const message = `cannot listen at HTTP_LISTEN ${host}:${port}: is another relay running?`;
    listening.reject(new RelayError('HTTP_LISTEN_FAILED', message, { cause }));
  });
  server.listen(port, host);
  await listening.promise;
  return server;
}
