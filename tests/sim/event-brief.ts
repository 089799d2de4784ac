/** Events of calls out, as they are compared between two PBXs. */

import { z } from 'zod';
import type { ProbeEvent } from './ari-probe.ts';

/** Of a channel's own bookkeeping. */
export const LEFT_OUT = new Set([
  'ChannelCallerId',
  'ChannelConnectedLine',
  'ChannelDialplan',
  'ChannelVarset',
]);

const channelSchema = z.object({
  name: z.string(),
  state: z.string(),
  caller: z.object({ name: z.string(), number: z.string() }),
  dialplan: z.object({ context: z.string(), exten: z.string(), app_name: z.string() }),
});

/** What distinguishes an event. All of a channel's fields are compared where the channel is asked for. */
export function brief(event: ProbeEvent): Record<string, unknown> {
  const { name, state, caller, dialplan } = channelSchema.parse(event.channel);
  const fields = ['cause', 'cause_txt', 'tech_cause', 'soft', 'args', 'digit'];
  const own = Object.entries(event).filter(([field]) => fields.includes(field));
  const isTold = event.type === 'ChannelHangupRequest' && event['soft'] !== true;
  return {
    type: event.type,
    name,
    state,
    // Of a Local channel it changes to the number dialled, sooner or later.
    ...(name.startsWith('Local/') ? {} : { caller }),
    app: dialplan.app_name,
    place: `${dialplan.exten}@${dialplan.context}`,
    // Which cause is there already when the far end hangs up is a race inside Asterisk.
    ...(isTold ? {} : Object.fromEntries(own)),
  };
}
