/**
 * The part of ARI's answers and events that we use, as schemas. Everything else passes unread.
 *
 * @see https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/Asterisk_REST_Interface/Asterisk_REST_Data_Models/
 */

import { z } from 'zod';

export const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  caller: z.object({ number: z.string(), name: z.string() }),
  connected: z.object({ number: z.string() }),
  dialplan: z.object({
    context: z.string(),
    exten: z.string(),
    priority: z.number(),
    app_name: z.string().optional(),
    app_data: z.string().optional(),
  }),
});
export type AriChannel = z.infer<typeof channelSchema>;

export const externalMediaSchema = z.object({
  id: z.string(),
  channelvars: z.record(z.string(), z.string()).optional(),
});

export const channelListSchema = z.array(channelSchema);
export const bridgeListSchema = z.array(
  z.object({ id: z.string(), channels: z.array(z.string()) }),
);
export const variableSchema = z.object({ value: z.string() });
export const asteriskInfoSchema = z.object({ system: z.object({ version: z.string() }) });
export const pingSchema = z.object({ ping: z.literal('pong') });
export const moduleSchema = z.object({ name: z.string(), status: z.string() });

export const playbackSchema = z.object({ id: z.string(), target_uri: z.string() });

const channelEvent = z.object({ channel: channelSchema });

/** The events we act on; any other type is passed over. */
export const eventSchema = z.discriminatedUnion('type', [
  channelEvent.extend({
    type: z.literal('StasisStart'),
    application: z.string(),
    args: z.array(z.string()),
  }),
  channelEvent.extend({ type: z.literal('StasisEnd') }),
  channelEvent.extend({
    type: z.literal('ChannelDestroyed'),
    /** Q.850. */
    cause: z.number(),
    /** The answer of SIP; since Asterisk 20.14, 21.9 and 22.4. */
    tech_cause: z.number().optional(),
  }),
  channelEvent.extend({ type: z.literal('ChannelStateChange') }),
  /** Of a channel that is dialled: RINGING, PROGRESS, ANSWER; for refusals the status says nothing. */
  z.object({
    type: z.literal('Dial'),
    dialstatus: z.string(),
    peer: z.object({ id: z.string() }),
  }),
  z.object({ type: z.literal('PlaybackFinished'), playback: playbackSchema }),
  channelEvent.extend({ type: z.literal('ChannelDtmfReceived'), digit: z.string() }),
  z.object({ type: z.literal('ApplicationReplaced'), application: z.string() }),
]);
export type AriEvent = z.infer<typeof eventSchema>;
export const EVENT_TYPES: ReadonlySet<string> = new Set(
  eventSchema.options.map((option) => option.shape.type.value),
);
