/** Reads variables and collects what is wrong with them, each with what is expected and what was found. */

import { isPrivateHost } from '@patchcord/shared/private-host';

export type Environment = Readonly<Record<string, string | undefined>>;

export class EnvironmentReader {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  problem(name: string, expected: string, shown: string | undefined): void {
    this.problems.push(
      `${name} must be ${expected}, ${shown === undefined ? 'but is not set' : `got \`${shown}\``}`,
    );
  }

  /** A variable that must be set; `isSecret` keeps its value out of the message. */
  required(
    name: string,
    expected: string,
    isValid: (value: string) => boolean,
    isSecret = false,
  ): string {
    const value = this.text(name);
    if (value !== undefined && isValid(value)) return value;
    this.problem(name, expected, isSecret && value !== undefined ? '(hidden)' : value);
    return '';
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    this.problem(name, `an integer from ${min} to ${max}`, value);
    return fallback;
  }

  /** A URL with one of two schemes; the one without TLS only for loopback and private addresses. */
  url(name: string, secure: string, plain: string): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const expected = `a ${secure}//… URL (${plain}//… for loopback and private addresses only)`;
    if (!URL.canParse(value)) {
      this.problem(name, expected, value);
      return undefined;
    }
    const url = new URL(value);
    const isPlain = url.protocol === plain && isPrivateHost(url.hostname);
    if (url.protocol !== secure && !isPlain) this.problem(name, expected, redacted(url));
    if (url.username !== '' || url.password !== '') {
      this.problem(name, 'a URL without a user name and password', redacted(url));
    }
    return value;
  }
}

/** A URL as it may be shown: without user, password and query. */
export function redacted(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
