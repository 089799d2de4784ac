/**
 * How far a call is, and what its status callbacks say of it.
 *
 * ```
 * queued ─▶ initiated ─▶ ringing ─▶ in-progress ─▶ completed
 *    └──────────┴───────────┴────▶ busy, failed, no-answer, canceled
 * ```
 *
 * Steps may be left out but never be taken back. What is not in the table changes nothing and reports nothing.
 *
 * @see facts section 7; https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent
 */

import { FINAL_STATUSES, type CallStatus } from '@patchcord/shared/twilio/call-record';
import type { StatusEvent } from '@patchcord/shared/twilio/call-control';

const UNANSWERED = ['busy', 'failed', 'no-answer', 'canceled'] as const;

/** What may follow. A caller who hangs up while an inbound call is still `ringing` leaves it `completed`. */
export const PROGRESS_TRANSITIONS: Readonly<Record<CallStatus, readonly CallStatus[]>> = {
  queued: ['initiated', 'ringing', 'in-progress', ...UNANSWERED],
  initiated: ['ringing', 'in-progress', ...UNANSWERED],
  ringing: ['in-progress', 'completed', ...UNANSWERED],
  'in-progress': ['completed', 'failed'],
  completed: [],
  busy: [],
  failed: [],
  'no-answer': [],
  canceled: [],
};

/** One status callback that is due. */
export interface StatusReport {
  readonly event: StatusEvent;
  readonly status: CallStatus;
  /** Unix milliseconds. */
  readonly at: number;
  /** Counts the callbacks that are sent, from 0. */
  readonly sequenceNumber: number;
  /** With `completed` only: whole seconds since the answer, 0 without one. */
  readonly durationSeconds?: number;
  /** With `completed` only, where it is known. */
  readonly sipResponseCode?: number;
}

export class CallProgress {
  #status: CallStatus;
  #events: ReadonlySet<StatusEvent>;
  #answeredAt: number | undefined;
  #wasDialled: boolean;
  #sequenceNumber = 0;

  /** An inbound call begins as `ringing`, one that is to be dialled as `queued`. */
  constructor(status: 'queued' | 'ringing', events: Iterable<StatusEvent>) {
    this.#status = status;
    this.#events = new Set(events);
    this.#wasDialled = status === 'ringing';
  }

  get status(): CallStatus {
    return this.#status;
  }

  get isFinal(): boolean {
    return FINAL_STATUSES.has(this.#status);
  }

  /** Unix milliseconds. */
  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  /** Other events are wanted from now on; those that are past stay unreported. */
  listen(events: Iterable<StatusEvent>): void {
    this.#events = new Set(events);
  }

  /**
   * The call is `status` since `at` (Unix milliseconds). Answers the callbacks that are due, in order: none for a step that the
   * table does not know, for events that nobody asked for, and for a call that was given up while it was queued.
   */
  move(status: CallStatus, at: number, sipResponseCode?: number): StatusReport[] {
    if (!PROGRESS_TRANSITIONS[this.#status].includes(status)) return [];
    this.#status = status;
    if (status === 'in-progress') this.#answeredAt = at;
    if (status === 'canceled' && !this.#wasDialled) return [];
    const reports: StatusReport[] = [];
    const report = (event: StatusEvent, shown: CallStatus, more: Partial<StatusReport> = {}) => {
      if (!this.#events.has(event)) return;
      reports.push({ event, status: shown, at, sequenceNumber: this.#sequenceNumber++, ...more });
    };
    if (!this.#wasDialled) {
      this.#wasDialled = true;
      report('initiated', 'initiated');
    }
    if (status === 'ringing') report('ringing', status);
    else if (status === 'in-progress') report('answered', status);
    else if (FINAL_STATUSES.has(status)) {
      const durationSeconds = callSeconds(this.#answeredAt, at);
      const code = sipResponseCode === undefined ? {} : { sipResponseCode };
      report('completed', status, { durationSeconds, ...code });
    }
    return reports;
  }
}

/** Whole seconds of a call, 0 where it was not answered: `CallDuration`, and `duration` of the resource. */
export function callSeconds(answeredAt: number | undefined, endedAt: number): number {
  return answeredAt === undefined ? 0 : Math.max(0, Math.round((endedAt - answeredAt) / 1000));
}

/** Minutes begun, as they are billed: `Duration`. */
export function billedMinutes(seconds: number): number {
  return Math.ceil(seconds / 60);
}
