/**
 * Answering-machine detection as one table.
 *
 * ```
 *              speech              long speech, beep
 * listening ──────────▶ speaking ──────────────────▶ greeting ──▶ decided
 *     │ silence, fax, beep  │ end of speech (human), fax     end of message
 *     └─────────────────────┴───────────────────────────────────▶
 * ```
 */

import type { MachineDetection } from '@patchcord/shared/twilio/call-control';

/** As Twilio's `AnsweredBy`. */
export type AnsweredBy =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

export type AmdState =
  /** Nobody has spoken. */
  | 'listening'
  /** Somebody has: a person, or a greeting that is still short. */
  | 'speaking'
  /** A machine; its message is not over. */
  | 'greeting'
  | 'decided';

export type AmdEvent =
  | 'speech'
  /** What was taken for speech was a tone. */
  | 'no-speech'
  /** Longer than a person greets. */
  | 'long-speech'
  /** Silence after what a person would say. */
  | 'speech-end'
  /** Silence after what a machine said. */
  | 'message-end'
  | 'beep'
  | 'fax'
  /** Silence from the beginning. */
  | 'silence'
  | 'timeout';

interface Step {
  readonly next: AmdState;
  readonly answeredBy?: AnsweredBy;
}

type Table = Readonly<Record<AmdState, Partial<Readonly<Record<AmdEvent, Step>>>>>;

const SPEAKING: Step = { next: 'speaking' };
const GREETING: Step = { next: 'greeting' };

function decided(answeredBy: AnsweredBy): Step {
  return { next: 'decided', answeredBy };
}

/**
 * What is not listed means nothing in that state.
 *
 * @see Twilio, Answering Machine Detection, "AnsweredBy". That a machine whose message has no end within the timeout is
 * `machine_end_other`, and one that beeps before it speaks is a machine, is from memory and by analogy.
 */
export const AMD_TRANSITIONS: Readonly<Record<MachineDetection['mode'], Table>> = {
  Enable: {
    listening: {
      speech: SPEAKING,
      beep: decided('machine_start'),
      fax: decided('fax'),
      silence: decided('unknown'),
      timeout: decided('unknown'),
    },
    speaking: {
      'no-speech': { next: 'listening' },
      'long-speech': decided('machine_start'),
      'speech-end': decided('human'),
      beep: decided('machine_start'),
      fax: decided('fax'),
      timeout: decided('unknown'),
    },
    // Not reached: a machine is the verdict.
    greeting: {},
    decided: {},
  },
  DetectMessageEnd: {
    listening: {
      speech: SPEAKING,
      beep: decided('machine_end_beep'),
      fax: decided('fax'),
      silence: decided('unknown'),
      timeout: decided('unknown'),
    },
    speaking: {
      'no-speech': { next: 'listening' },
      'long-speech': GREETING,
      'speech-end': decided('human'),
      beep: decided('machine_end_beep'),
      fax: decided('fax'),
      timeout: decided('unknown'),
    },
    greeting: {
      'message-end': decided('machine_end_silence'),
      beep: decided('machine_end_beep'),
      timeout: decided('machine_end_other'),
    },
    decided: {},
  },
};

/** What `event` leads to, or undefined where it means nothing. */
export function nextAmdStep(
  mode: MachineDetection['mode'],
  state: AmdState,
  event: AmdEvent,
): Step | undefined {
  return AMD_TRANSITIONS[mode][state][event];
}
