/**
 * Runs a TwiML document verb by verb: says what to do next, is told how it went.
 *
 * A verb we do not know is reported by name and passed over; a document that had to be cut short that way ends in the
 * dialplan (a human) and not with a hang-up.
 *
 * @see https://www.twilio.com/docs/voice/twiml; facts sections 4 and 5
 */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import type { ReportProblem } from './problem.ts';
import type { StepOutcome, TwimlStep } from './step.ts';
import { readConnect } from './verbs/connect.ts';
import { readDial } from './verbs/dial.ts';
import { readGather } from './verbs/gather.ts';
import { readHangup, readReject } from './verbs/hangup.ts';
import { readPause } from './verbs/pause.ts';
import { readPlay } from './verbs/play.ts';
import { readRecord } from './verbs/record.ts';
import { readRedirect } from './verbs/redirect.ts';
import { readSay } from './verbs/say.ts';
import { readStart } from './verbs/start.ts';
import { readStop } from './verbs/stop.ts';

type VerbReader = (verb: TwimlElement, report: ReportProblem) => TwimlStep | undefined;

const VERBS: ReadonlyMap<string, VerbReader> = new Map<string, VerbReader>([
  ['Connect', readConnect],
  ['Dial', readDial],
  ['Gather', readGather],
  ['Hangup', readHangup],
  ['Pause', readPause],
  ['Play', readPlay],
  ['Record', readRecord],
  ['Redirect', readRedirect],
  ['Reject', readReject],
  ['Say', readSay],
  ['Start', readStart],
  ['Stop', readStop],
]);

/**
 * Verbs that put the caller through to somebody: one that works makes good for what failed before it, and for a farewell that
 * cannot be played behind it.
 */
const CONVERSATIONS: ReadonlySet<TwimlStep['kind']> = new Set(['connect-stream', 'dial']);

export class TwimlProgram {
  readonly #verbs: readonly TwimlElement[];
  readonly #report: ReportProblem;
  #position = 0;
  #hasFailed = false;
  #hasConversed = false;
  #isConversation = false;
  #redirect: TwimlStep | undefined;

  constructor(verbs: readonly TwimlElement[], report: ReportProblem) {
    this.#verbs = verbs;
    this.#report = report;
  }

  /** How the last step went. */
  handle(outcome: StepOutcome): void {
    if (outcome.kind === 'failed') {
      if (this.#isConversation || !this.#hasConversed) this.#hasFailed = true;
      return;
    }
    if (this.#isConversation) this.#hasConversed = true;
    if (outcome.kind === 'done') return;
    const { address, parameters } = outcome;
    this.#redirect = { kind: 'redirect', address, parameters };
  }

  /** What to do next. */
  next(): TwimlStep {
    if (this.#redirect !== undefined) return this.#redirect;
    for (;;) {
      const verb = this.#verbs[this.#position++];
      if (verb === undefined) return { kind: this.#hasFailed ? 'gave-up' : 'finished' };
      const read = VERBS.get(verb.name);
      if (read === undefined) {
        const detail = `<${verb.name}> is not supported and is passed over`;
        this.#report({ code: 'TWIML_UNSUPPORTED_VERB', detail });
      }
      const step = read?.(verb, this.#report);
      if (step === undefined) this.#hasFailed = true;
      else {
        this.#isConversation = CONVERSATIONS.has(step.kind);
        if (this.#isConversation) this.#hasFailed = false;
        return step;
      }
    }
  }
}
