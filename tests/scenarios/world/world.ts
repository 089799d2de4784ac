/** What each part of a call's surroundings sees of the call: its time, and a way to tell the session something. */

import type { CallInput } from '@patchcord/edge/src/call/core/contract.ts';

export interface World {
  readonly now: number;
  /** Runs when it is `at`; in the order of asking where two fall on one instant. */
  at(at: number, run: () => void): void;
  feed(input: CallInput): void;
}
