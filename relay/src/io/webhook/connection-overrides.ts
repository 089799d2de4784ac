/**
 * What a webhook's URL asks of the connection, in its fragment: `https://example.com/voice#rc=2&rp=5xx,rt&ct=1000`.
 *
 * The fragment is not part of what is requested or signed. A value that is out of range or unknown falls back to its
 * default: a call is worth more than a setting (Twilio raises a warning).
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */

/** `ct`: no connection; `rt`: no answer in time; the others by status. */
export type RetryReason = 'ct' | 'rt' | '4xx' | '5xx';

export interface ConnectionOverrides {
  /** The URL without its fragment. */
  readonly url: string;
  /** `rc`, 0 to 5: attempts after the first. */
  readonly retriesMax: number;
  /** `rp`: what is worth another attempt. */
  readonly retryReasons: ReadonlySet<RetryReason>;
  /** `ct`: until the connection stands, TLS included. */
  readonly connectMsMax: number;
  /** `rt`: until the first part of the answer, and from one part to the next. */
  readonly readMsMax: number;
  /** `tt`: all attempts together. */
  readonly totalMsMax: number;
}

const REASONS: Readonly<Record<string, readonly RetryReason[]>> = {
  ct: ['ct'],
  rt: ['rt'],
  '4xx': ['4xx'],
  '5xx': ['5xx'],
  all: ['ct', 'rt', '4xx', '5xx'],
};

export function parseConnectionOverrides(address: string): ConnectionOverrides {
  const hash = address.indexOf('#');
  const fragment = new URLSearchParams(hash === -1 ? '' : address.slice(hash + 1));
  const reasons = (fragment.get('rp') ?? '')
    .split(',')
    .flatMap((name) => (Object.hasOwn(REASONS, name) ? (REASONS[name] ?? []) : []));
  return {
    url: hash === -1 ? address : address.slice(0, hash),
    retriesMax: integer(fragment.get('rc'), 0, 5, 1),
    retryReasons: new Set(reasons.length === 0 ? ['ct'] : reasons),
    connectMsMax: integer(fragment.get('ct'), 100, 10_000, 5000),
    readMsMax: integer(fragment.get('rt'), 100, 15_000, 15_000),
    totalMsMax: integer(fragment.get('tt'), 100, 15_000, 15_000),
  };
}

function integer(text: string | null, min: number, max: number, fallback: number): number {
  const value = text === null || !/^\d{1,6}$/.test(text) ? NaN : Number(text);
  return value >= min && value <= max ? value : fallback;
}
