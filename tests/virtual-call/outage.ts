/** A provider that fails for a while. */

import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';

export interface Outage {
  readonly provider: 'recognition' | 'model' | 'voice';
  readonly code: FaultCode;
  /** Of the call. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Only this model, or only this way to the voice: `socket` or `http`. */
  readonly only?: string;
  /** The model still says so much before it breaks off; without it, it refuses. */
  readonly afterTokens?: number;
}

/** The outage that `name` of this provider suffers at `ms` of the call. */
export function outageAt(
  outages: readonly Outage[],
  provider: Outage['provider'],
  name: string,
  ms: number,
): Outage | undefined {
  return outages.find(
    (each) =>
      each.provider === provider &&
      each.fromMs <= ms &&
      ms < each.untilMs &&
      (each.only === undefined || each.only === name),
  );
}
