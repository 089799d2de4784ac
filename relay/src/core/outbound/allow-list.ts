/**
 * `OUTBOUND_ALLOW`: which numbers may be called. Empty means none: a relay whose password leaks must not be able to call the
 * world (toll fraud).
 *
 * Patterns stand between commas or spaces: `+60123456789` one number, `+60*` all that begin so, `201` and `2*` extensions,
 * `sip:reception@pbx.example` and `sip:*@pbx.example` addresses; `!` before one forbids. The longest that fits decides;
 * of two as long, the one that forbids.
 */

import type { Endpoint } from './phone-number.ts';

/** What a pattern must be, for messages: "OUTBOUND_ALLOW must be …, got `…`". */
export const ALLOW_LIST_EXPECTED =
  'patterns such as +60*, +60123456789, 2*, sip:*@pbx.example or !+60900*, with * only at the end (or before @)';

const PATTERNS_MAX = 1000;
const NUMBER_PATTERN = /^(\+[1-9]\d{0,14}|\+|\d{1,5})(\*?)$/;
const SIP_PATTERN = /^sip:(?:\*|[A-Za-z0-9._+-]{1,64})@[a-z0-9.-]{1,253}(?::\d{1,5})?$/i;

interface Pattern {
  readonly kind: Endpoint['kind'];
  readonly isDenied: boolean;
  /** What the number begins with; for `sip:*@…`, what it ends with. */
  readonly fixed: string;
  readonly isWhole: boolean;
}

export class AllowList {
  /** As the operator wrote them, without those that are no patterns. */
  readonly #patterns: readonly Pattern[];

  private constructor(patterns: readonly Pattern[]) {
    // What decides comes first.
    this.#patterns = patterns.toSorted(
      (a, b) => weightOf(b) - weightOf(a) || Number(b.isDenied) - Number(a.isDenied),
    );
  }

  /** `problems` are the patterns that are none; with any, do not use the list. */
  static parse(text: string): { readonly list: AllowList; readonly problems: readonly string[] } {
    const words = text.split(/[\s,]+/).filter((word) => word !== '');
    const parsed = words.slice(0, PATTERNS_MAX).map((word) => parsePattern(word) ?? word);
    const problems = parsed.filter((one) => typeof one === 'string');
    if (words.length > PATTERNS_MAX) problems.push(`${words.length} patterns`);
    return {
      list: new AllowList(parsed.filter((one) => typeof one !== 'string')),
      problems,
    };
  }

  get isEmpty(): boolean {
    return this.#patterns.every(({ isDenied }) => isDenied);
  }

  allows(endpoint: Endpoint): boolean {
    const decisive = this.#patterns.find((pattern) => fits(pattern, endpoint));
    return decisive !== undefined && !decisive.isDenied;
  }
}

function parsePattern(word: string): Pattern | undefined {
  const isDenied = word.startsWith('!');
  const text = isDenied ? word.slice(1) : word;
  if (SIP_PATTERN.test(text)) {
    const at = text.indexOf('@');
    const host = text.slice(at).toLowerCase();
    const isWhole = text.slice(4, at) !== '*';
    const fixed = isWhole ? `sip:${text.slice(4, at)}${host}` : host;
    return { kind: 'sip', isDenied, fixed, isWhole };
  }
  const [, fixed, star] = NUMBER_PATTERN.exec(text) ?? [];
  if (fixed === undefined || (fixed === '+' && star === '')) return undefined;
  const kind = fixed.startsWith('+') ? 'external' : 'extension';
  return { kind, isDenied, fixed, isWhole: star === '' };
}

/** One number is more exact than all that begin with it. */
function weightOf({ fixed, isWhole }: Pattern): number {
  return fixed.length * 2 + (isWhole ? 1 : 0);
}

function fits(pattern: Pattern, { kind, number }: Endpoint): boolean {
  if (pattern.kind !== kind) return false;
  if (pattern.isWhole) return number === pattern.fixed;
  return kind === 'sip' ? number.endsWith(pattern.fixed) : number.startsWith(pattern.fixed);
}
