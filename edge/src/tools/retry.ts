/** When a request that failed for a passing reason is made again. */

/** Besides the first attempt. */
export const RETRIES_MAX = 2;

/** Before the first and the second retry. */
const BACKOFF_MS = [200, 800];

/** Worth another attempt: too many requests, or a failure of the server. 501 stays what it is. */
export function isPassing(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/**
 * How long to wait before retry number `retry` (from 1); undefined when there is none.
 *
 * `retryAfter` is the header of that name, in seconds or as a date. A wait beyond `remainingMs` is no retry.
 *
 * @see RFC 9110 section 10.2.3
 */
export function retryDelayMs(
  retry: number,
  retryAfter: string | null,
  now: number,
  remainingMs: number,
): number | undefined {
  if (retry > RETRIES_MAX) return undefined;
  const delayMs = Math.max(askedForMs(retryAfter, now), BACKOFF_MS[retry - 1] ?? 0);
  return delayMs < remainingMs ? delayMs : undefined;
}

function askedForMs(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return 0;
  if (/^\d{1,9}$/u.test(retryAfter.trim())) return Number(retryAfter) * 1000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
