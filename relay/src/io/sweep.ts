/** Carries out a sweep: callers back to the dialplan first, then our own channels and bridges away. */

import { describeError } from '../core/error.ts';
import type { SweepPlan } from '../core/sweep.ts';
import type { AriHttp } from './ari/http.ts';
import { returnToDialplan } from './return-to-dialplan.ts';
import type { Log } from './log.ts';

/** Answers how many things were found. What fails is logged and left for the next sweep. */
export async function sweep(ari: AriHttp, plan: SweepPlan, log: Log): Promise<number> {
  const found =
    plan.returnChannels.length + plan.hangupChannels.length + plan.destroyBridges.length;
  if (found === 0) return 0;
  log.warn({ code: 'SWEPT', ...plan }, 'found leftovers of an earlier relay; ending them');
  const attempt = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      log.warn({ code: 'ARI_REFUSED' }, `sweep: ${describeError(error)}`);
    }
  };
  for (const id of plan.returnChannels) await attempt(returnToDialplan(ari, id, 'orphaned'));
  for (const id of plan.hangupChannels) await attempt(ari.deleteIfThere(`/channels/${id}`));
  for (const id of plan.destroyBridges) await attempt(ari.deleteIfThere(`/bridges/${id}`));
  return found;
}
