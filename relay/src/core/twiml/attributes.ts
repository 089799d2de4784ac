/** Reads the attributes of one element. A value that cannot be used is reported, and its default is taken. */

import type { HttpMethod, WebhookAddress } from '@patchcord/shared/twilio/call-control';
import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import type { ReportProblem } from './problem.ts';
import type { ActionAddress } from './step.ts';

/** How much of a wrong value is shown. */
const SHOWN_LENGTH_MAX = 80;

export class Attributes {
  readonly #element: TwimlElement;
  readonly #report: ReportProblem;

  constructor(element: TwimlElement, report: ReportProblem) {
    this.#element = element;
    this.#report = report;
  }

  /** Undefined where it is absent or empty. */
  text(name: string): string | undefined {
    const value = this.#element.attributes[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** An integer; `max` is a bound of ours where Twilio names none. */
  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (/^\d{1,9}$/.test(value) && number >= min && number <= max) return number;
    this.#bad(name, `an integer from ${min} to ${max}`, value);
    return fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.text(name);
    if (value === undefined) return fallback;
    if (value === 'true' || value === 'false') return value === 'true';
    this.#bad(name, 'true or false', value);
    return fallback;
  }

  /** One of `values`, the first of which is the default. Twilio reads them without regard to case. */
  choice<const V extends string>(name: string, values: readonly [V, ...V[]]): V {
    const [fallback] = values;
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = values.find((each) => each.toLowerCase() === value.toLowerCase());
    if (found === undefined) this.#bad(name, `one of ${values.join(', ')}`, value);
    return found ?? fallback;
  }

  method(name: string): HttpMethod {
    return this.choice(name, ['POST', 'GET']);
  }

  /** Words of a list separated by blanks; those not in `known` are reported and left out. */
  words<const V extends string>(name: string, known: readonly V[], fallback: readonly V[]): V[] {
    const value = this.text(name);
    if (value === undefined) return [...fallback];
    const words = value.split(/[\s,]+/);
    const found = known.filter((each) => words.includes(each));
    if (found.length < new Set(words).size) this.#bad(name, `of ${known.join(', ')}`, value);
    return found;
  }

  /** Keys of a telephone. */
  keys(name: string, fallback: string): string {
    const value = this.#element.attributes[name];
    if (value === undefined) return fallback;
    if (/^[0-9*#A-D]{0,20}$/.test(value)) return value;
    this.#bad(name, 'keys out of 0-9, * and #', value);
    return fallback;
  }

  /** `action` and `method`. */
  action(): ActionAddress {
    const url = this.text('action');
    const method = this.method('method');
    return url === undefined ? { method } : { url, method };
  }

  /** A URL with its method; undefined without one. */
  address(name: string, methodName = `${name}Method`): WebhookAddress | undefined {
    const url = this.text(name);
    return url === undefined ? undefined : { url, method: this.method(methodName) };
  }

  #bad(name: string, expected: string, value: string): void {
    this.#report({
      code: 'TWIML_BAD_VERB',
      detail: `${name} of <${this.#element.name}> must be ${expected}, got \`${value.slice(0, SHOWN_LENGTH_MAX)}\``,
    });
  }
}
