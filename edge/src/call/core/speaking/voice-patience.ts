/**
 * How long one way to a voice may be silent where the caller hears nothing else meanwhile: what is left of his patience is
 * shared among the ways that are left, so that he hears the last of them, or the next TwiML verb, before he hangs up.
 */

/** People wait in silence for two and a half seconds; then they wonder whether anybody is there. */
const QUIET_MS_MAX = 2350;

/** Most voices begin within this. */
const CHANCE_MS = 350;

export interface VoiceSilence {
  /** When the voice was given the text, or when what it gave ends. */
  readonly since: number;
  /** Since when the caller has been hearing nothing. */
  readonly quietSince: number;
  /** Other ways that can be tried after this one. */
  readonly waysLeft: number;
  /** Another way has failed just before. */
  readonly isRetry: boolean;
}

/** The instant at which the way is given up. */
export function silentUntil({ since, quietSince, waysLeft, isRetry }: VoiceSilence): number {
  const endsAt = quietSince + QUIET_MS_MAX;
  const leftMs = endsAt - since;
  const shareMs = waysLeft === 0 ? leftMs : leftMs / 2;
  const until = since + Math.max(CHANCE_MS, shareMs);
  // The first one gets its chance however late it is asked.
  return isRetry ? Math.max(since, Math.min(until, endsAt)) : until;
}
