/**
 * Runs a TwiML document verb by verb: says what to do next, is told how it went.
 *
 * Understood so far: `<Connect><Stream>` with `<Parameter>`s, `<Redirect>` and `<Hangup>`. Any other verb is reported by name
 * and passed over; a document that had to be cut short that way ends in the dialplan (a human) and not with a hang-up.
 *
 * @see https://www.twilio.com/docs/voice/twiml/stream; facts sections 4 and 5
 */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';

export type TwimlStep =
  | {
      readonly kind: 'connect-stream';
      /** As the document spells it: absolute, or relative to the document. */
      readonly url: string;
      readonly parameters: Readonly<Record<string, string>>;
    }
  /** Another document takes the place of this one. */
  | { readonly kind: 'redirect'; readonly url: string; readonly method: 'GET' | 'POST' }
  | { readonly kind: 'hangup' }
  /** Nothing left, and all of it worked: Twilio ends the call here. */
  | { readonly kind: 'finished' }
  /** Nothing left, and something did not work: the PBX's dialplan goes on with the caller. */
  | { readonly kind: 'gave-up' };

export type TwimlProblemCode =
  | 'TWIML_UNSUPPORTED_VERB'
  | 'TWIML_BAD_STREAM'
  /** `<Redirect>` without a URL; Twilio would ask the same document again, for ever. */
  | 'TWIML_BAD_REDIRECT';

export interface TwimlProblem {
  readonly code: TwimlProblemCode;
  readonly detail: string;
}

/** Name and value together, facts section 5. */
const PARAMETER_LENGTH_MAX = 500;

export class TwimlProgram {
  readonly #verbs: readonly TwimlElement[];
  readonly #report: (problem: TwimlProblem) => void;
  #position = 0;
  #hasFailed = false;

  constructor(verbs: readonly TwimlElement[], report: (problem: TwimlProblem) => void) {
    this.#verbs = verbs;
    this.#report = report;
  }

  /** The last step did not work. */
  fail(): void {
    this.#hasFailed = true;
  }

  /** What to do next. */
  next(): TwimlStep {
    for (;;) {
      const verb = this.#verbs[this.#position++];
      if (verb === undefined) return { kind: this.#hasFailed ? 'gave-up' : 'finished' };
      if (verb.name === 'Hangup') return { kind: 'hangup' };
      if (verb.name === 'Redirect') {
        const method = verb.attributes['method'] === 'GET' ? 'GET' : 'POST';
        if (verb.text !== '') return { kind: 'redirect', url: verb.text, method };
        this.#problem('TWIML_BAD_REDIRECT', '<Redirect> must hold a URL');
      } else if (verb.name === 'Connect') {
        // A later Connect that works makes good for what failed before it.
        const step = this.#connect(verb);
        if (step !== undefined) {
          this.#hasFailed = false;
          return step;
        }
      } else {
        this.#problem(
          'TWIML_UNSUPPORTED_VERB',
          `<${verb.name}> is not supported yet and is passed over`,
        );
      }
    }
  }

  #connect(connect: TwimlElement): TwimlStep | undefined {
    const stream = connect.children.find(({ name }) => name === 'Stream');
    if (stream === undefined) {
      const inner = connect.children[0]?.name ?? 'nothing';
      this.#problem('TWIML_UNSUPPORTED_VERB', `<Connect> must hold <Stream>, got ${inner}`);
      return undefined;
    }
    const url = stream.attributes['url'];
    if (url === undefined || url === '') {
      this.#problem('TWIML_BAD_STREAM', '<Stream> must have a url');
      return undefined;
    }
    const track = stream.attributes['track'];
    if (track !== undefined && track !== 'inbound_track') {
      const detail = `track of <Connect><Stream> must be inbound_track, got ${track} (Twilio error 31941)`;
      this.#problem('TWIML_BAD_STREAM', detail);
      return undefined;
    }
    return { kind: 'connect-stream', url, parameters: this.#parameters(stream) };
  }

  #parameters(stream: TwimlElement): Record<string, string> {
    const parameters: Record<string, string> = {};
    for (const { name: element, attributes } of stream.children) {
      const { name, value } = attributes;
      if (element !== 'Parameter' || name === undefined || value === undefined) {
        this.#bad(`<Stream> holds <Parameter name value>, got <${element}>`);
      } else if (name.length + value.length >= PARAMETER_LENGTH_MAX) {
        this.#bad(
          `<Parameter name="${name.slice(0, 40)}"> must be below ${PARAMETER_LENGTH_MAX} characters`,
        );
      } else {
        Object.defineProperty(parameters, name, { value, enumerable: true, configurable: true });
      }
    }
    return parameters;
  }

  /** A parameter that is left out does not stop the stream. */
  #bad(detail: string): void {
    this.#report({ code: 'TWIML_BAD_STREAM', detail });
  }

  #problem(code: TwimlProblemCode, detail: string): void {
    this.#hasFailed = true;
    this.#report({ code, detail });
  }
}
