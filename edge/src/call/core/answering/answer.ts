/**
 * Who or what has answered a call of ours, as one table: a person, a mailbox, or a network that says there is nobody.
 *
 * ```
 * silent ── speech ──▶ speaking ── pause ──▶ greeted ── met ──▶ person
 *    │                    │                    │
 *    │ patience (greet)   │ words, length      │ words
 *    └──▶ greeted         └──▶ announcement ◀──┘ ── beep, end ──▶ messaging ── (beep: once more)
 * ```
 *
 * A person is never kept waiting for a verdict: the agent greets when the first words have ended, or when there are none,
 * and takes it back when it turns out to be a machine.
 */

export type AnswerState =
  /** Nobody has made a sound; the greeting waits. */
  | 'silent'
  /** Somebody, or something, speaks; the greeting waits for a pause. */
  | 'speaking'
  /** The agent has begun to speak; it may still be a machine. */
  | 'greeted'
  /** A machine, and its announcement is not over. */
  | 'announcement'
  /** The agent leaves its message. */
  | 'messaging'
  /** For the second time: there will be no third. */
  | 'messaged'
  | 'person'
  /** Nobody to talk to: the call is over. */
  | 'nobody';

export type AnswerEvent =
  | 'speech'
  /** What a person would say has ended. */
  | 'pause'
  /** So long nothing was heard. */
  | 'patience'
  /** Words that only a mailbox says, speech that is longer than a person's, or a verdict from elsewhere. */
  | 'machine'
  /** The same, and its announcement is over. */
  | 'machine-ready'
  /** "The number you have dialled": no mailbox behind it. Also a fax. */
  | 'nobody'
  /** A verdict from elsewhere. */
  | 'human'
  /** A turn of somebody's who is no machine was answered. */
  | 'met'
  /** Silence after an announcement. */
  | 'end'
  | 'beep'
  | 'timeout';

/** What the call does about it. */
export type AnswerAction =
  | 'greet'
  /** It is a machine: what the agent says is in vain. */
  | 'hush'
  | 'leave-message'
  /** The machine was not listening yet. */
  | 'start-over'
  | 'hang-up';

interface Step {
  readonly next: AnswerState;
  readonly action?: AnswerAction;
}

const GREET: Step = { next: 'greeted', action: 'greet' };
const MEET: Step = { next: 'person', action: 'greet' };
const HUSH: Step = { next: 'announcement', action: 'hush' };
const SPEAK: Step = { next: 'messaging', action: 'leave-message' };
const LEAVE: Step = { next: 'nobody', action: 'hang-up' };

/** What is not listed means nothing in that state. */
export const ANSWER_TRANSITIONS: Readonly<
  Record<AnswerState, Readonly<Partial<Record<AnswerEvent, Step>>>>
> = {
  silent: {
    speech: { next: 'speaking' },
    patience: GREET,
    human: MEET,
    machine: HUSH,
    'machine-ready': SPEAK,
    nobody: LEAVE,
    beep: SPEAK,
  },
  speaking: {
    pause: GREET,
    human: MEET,
    machine: HUSH,
    'machine-ready': SPEAK,
    nobody: LEAVE,
    beep: SPEAK,
  },
  greeted: {
    met: { next: 'person' },
    human: { next: 'person' },
    machine: HUSH,
    'machine-ready': SPEAK,
    nobody: LEAVE,
    beep: SPEAK,
    timeout: { next: 'person' },
  },
  announcement: {
    // A person took the phone from the machine, says who listened to all of it.
    human: MEET,
    nobody: LEAVE,
    'machine-ready': SPEAK,
    end: SPEAK,
    beep: SPEAK,
    timeout: LEAVE,
  },
  messaging: { beep: { next: 'messaged', action: 'start-over' } },
  messaged: {},
  person: {},
  nobody: {},
};
