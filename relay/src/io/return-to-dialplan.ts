/** Gives a caller back to the PBX's dialplan, which goes on behind `Stasis()`: with a human, if it is like our sample. */

import type { AriHttp } from './ari/http.ts';

/** Why: the channel variable PATCHCORD_STATUS, which the sample dialplan logs. */
export type ReturnReason = 'busy' | 'draining' | 'failed' | 'orphaned';

/** Tells the dialplan why, then lets it go on. Rejects with `ARI_NOT_FOUND` where the caller has left. */
export async function returnToDialplan(
  ari: AriHttp,
  channelId: string,
  reason: ReturnReason,
): Promise<void> {
  const variable = { variable: 'PATCHCORD_STATUS', value: reason };
  await ari.post(`/channels/${channelId}/variable`, variable);
  await ari.post(`/channels/${channelId}/continue`);
}
