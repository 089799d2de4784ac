import type { Bridge } from './bridge.ts';
import type { Channel } from './channel.ts';

/** Anything that may stand in an ARI answer or event. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

/** Shown as the id of the system in every event. */
export const ASTERISK_ID = '02:00:00:00:00:01';

/** As Asterisk writes instants: `2026-11-22T13:40:10.841+0000`. */
export function formatInstant(instant: Date): string {
  return instant.toISOString().replace('Z', '+0000');
}

/** A channel as ARI shows it. Fields and order: Asterisk 22.10.1, captured by the contract test. */
export function channelJson(channel: Channel) {
  const { place } = channel;
  return {
    id: channel.id,
    name: channel.name,
    state: channel.state,
    protocol_id: channel.protocolId,
    caller: channel.caller,
    connected: { name: '', number: '' },
    accountcode: '',
    dialplan: {
      context: place.context,
      exten: place.exten,
      priority: place.priority,
      app_name: place.app,
      app_data: place.appData,
    },
    creationtime: formatInstant(channel.createdAt),
    language: 'en',
  };
}

/** A bridge as ARI shows it. */
export function bridgeJson(bridge: Bridge) {
  return {
    id: bridge.id,
    technology: 'simple_bridge',
    bridge_type: 'mixing',
    bridge_class: 'stasis',
    creator: 'Stasis',
    name: bridge.name,
    channels: [...bridge.channels].map(({ id }) => id),
    creationtime: formatInstant(bridge.createdAt),
    video_mode: 'talker',
  };
}
