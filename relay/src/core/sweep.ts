/**
 * What to do with channels and bridges on the PBX that are provably ours and belong to no call: leftovers of a relay that
 * crashed. Each leaked external-media channel holds an RTP port, and an Asterisk without RTP ports dies (facts section 0).
 *
 * Callers are never hung up: they go back to the dialplan, where a human answers.
 */

import { callSidOf } from './ari-ids.ts';

export interface ListedChannel {
  readonly id: string;
  readonly dialplan: {
    readonly app_name?: string | undefined;
    readonly app_data?: string | undefined;
  };
}

export interface ListedBridge {
  readonly id: string;
  readonly channels: readonly string[];
}

export interface SweepPlan {
  /** Callers to send back to the dialplan. */
  readonly returnChannels: readonly string[];
  /** External-media channels of ours to end. */
  readonly hangupChannels: readonly string[];
  readonly destroyBridges: readonly string[];
}

export interface SweepInput {
  readonly app: string;
  readonly channels: readonly ListedChannel[];
  readonly bridges: readonly ListedBridge[];
  /** Calls that are alive: nothing of theirs is touched. */
  readonly livingCallSids: ReadonlySet<string>;
  readonly livingChannelIds: ReadonlySet<string>;
}

export function planSweep(input: SweepInput): SweepPlan {
  const { app, livingCallSids, livingChannelIds } = input;
  const isOrphan = (id: string): boolean => {
    const callSid = callSidOf(app, id);
    return callSid !== undefined && !livingCallSids.has(callSid);
  };
  const hangupChannels = input.channels.map(({ id }) => id).filter(isOrphan);
  const orphanBridges = input.bridges.filter(({ id }) => isOrphan(id));
  const returnChannels = new Set<string>();
  for (const bridge of orphanBridges) {
    for (const id of bridge.channels) {
      if (callSidOf(app, id) === undefined && !livingChannelIds.has(id)) returnChannels.add(id);
    }
  }
  for (const { id, dialplan } of input.channels) {
    if (isInApp(app, dialplan) && callSidOf(app, id) === undefined && !livingChannelIds.has(id)) {
      returnChannels.add(id);
    }
  }
  return {
    returnChannels: [...returnChannels],
    hangupChannels,
    destroyBridges: orphanBridges.map(({ id }) => id),
  };
}

/** Whether a channel is inside `Stasis(app…)`. */
function isInApp(app: string, dialplan: ListedChannel['dialplan']): boolean {
  if (dialplan.app_name !== 'Stasis') return false;
  return dialplan.app_data === app || (dialplan.app_data?.startsWith(`${app},`) ?? false);
}
