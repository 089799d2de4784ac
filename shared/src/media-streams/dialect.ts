/**
 * What Twilio's documents leave open, one named option each. The defaults are the best guess that the evidence allows;
 * docs/reuse.md lists them with what each guess rests on.
 */

export interface Dialect {
  /** Whether the two tracks of a `both_tracks` stream count `chunk` together, as the documented example does, or each for itself. */
  readonly bothTracksChunk: 'shared' | 'per-track';
  /** Whether a message with a field too many is carried out after the warning 31951. */
  readonly extraFields: 'accept' | 'ignore';
  /** Whether the outbound track has frames of silence while nothing is played to the caller. */
  readonly outboundSilence: 'send' | 'omit';
  /** With which the relay closes a stream. */
  readonly closeCode: number;
  /** How long a handler may take to answer 101. */
  readonly handshakeTimeoutMs: number;
  /** How much caller audio waits for a slow handler before the oldest is dropped (31930). */
  readonly slowReaderMs: number;
}

export const DEFAULT_DIALECT: Dialect = Object.freeze({
  bothTracksChunk: 'shared',
  extraFields: 'accept',
  outboundSilence: 'send',
  closeCode: 1000,
  handshakeTimeoutMs: 10_000,
  slowReaderMs: 5000,
});

const CHOICES = {
  bothTracksChunk: ['shared', 'per-track'],
  extraFields: ['accept', 'ignore'],
  outboundSilence: ['send', 'omit'],
} as const;

const NUMBERS = {
  closeCode: [1000, 4999],
  handshakeTimeoutMs: [1000, 60_000],
  slowReaderMs: [100, 60_000],
} as const;

export type DialectResult =
  | { readonly kind: 'dialect'; readonly dialect: Dialect }
  /** What was expected, for the message that names the variable. */
  | { readonly kind: 'failure'; readonly expected: string };

/** Reads `name=value` pairs separated by commas over the defaults. */
export function parseDialect(text: string): DialectResult {
  const changed: Record<string, string | number> = {};
  for (const pair of text.split(',').filter((each) => each.trim() !== '')) {
    const [name = '', value = ''] = pair.split('=').map((part) => part.trim());
    const choices = lookUp(CHOICES, name);
    const range = lookUp(NUMBERS, name);
    if (choices !== undefined) {
      if (!choices.some((choice) => choice === value)) {
        return { kind: 'failure', expected: `${name} as ${choices.join(' or ')}` };
      }
      changed[name] = value;
    } else if (range !== undefined) {
      const [min, max] = range;
      const number = Number(value);
      if (!/^\d{1,6}$/.test(value) || number < min || number > max) {
        return { kind: 'failure', expected: `${name} as an integer from ${min} to ${max}` };
      }
      changed[name] = number;
    } else {
      const names = [...Object.keys(CHOICES), ...Object.keys(NUMBERS)].join(', ');
      return { kind: 'failure', expected: `name=value pairs, names out of ${names}` };
    }
  }
  return { kind: 'dialect', dialect: Object.freeze({ ...DEFAULT_DIALECT, ...changed }) };
}

function lookUp<T extends object>(table: T, name: string): T[keyof T] | undefined {
  const entry = Object.entries(table).find(([key]) => key === name);
  return entry?.[1] as T[keyof T] | undefined;
}
