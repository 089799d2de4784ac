/** The caller is being connected to somebody else: by our relay, or by Twilio. */

import type { CallInput, CallOutput } from './contract.ts';
import type { Deadline } from './deadline.ts';

type Progress = Extract<CallInput, { kind: 'transfer-progress' }>;

/** Somebody who is called rings for as long. */
const ANSWER_MS_MAX = 60_000;

export type HandoverOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'connected' }
  /** The caller is still here. */
  | { readonly kind: 'failed'; readonly reason: string };

const REASON_CHARS_MAX = 200;

export class Handover {
  readonly #emit: (output: CallOutput) => void;
  #underWay: { readonly id: string; readonly until: number } | undefined;
  #count = 0;

  constructor(emit: (output: CallOutput) => void) {
    this.#emit = emit;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  begin(target: string, manner: 'cold' | 'warm', now: number): void {
    const id = `transfer-${++this.#count}`;
    this.#underWay = { id, until: now + ANSWER_MS_MAX };
    this.#emit({ kind: 'transfer', transferId: id, target, manner });
  }

  handle({ transferId, status, reason }: Progress): HandoverOutcome {
    if (this.#underWay?.id !== transferId) return { kind: 'none' };
    switch (status) {
      case 'ringing':
        return { kind: 'none' };
      case 'answered':
      case 'ended':
        return { kind: 'connected' };
      case 'failed':
        return { kind: 'failed', reason: (reason ?? 'no reason given').slice(0, REASON_CHARS_MAX) };
    }
  }

  /** It has failed: the caller is still here. */
  fail(): void {
    this.#underWay = undefined;
  }

  deadlines(onLate: () => void): readonly Deadline[] {
    if (this.#underWay === undefined) return [];
    return [{ at: this.#underWay.until, run: onLate }];
  }
}
