/** How long everything that is not the engine takes. */

import type { Spread } from './draws.ts';

export interface Latencies {
  /** One way between the caller's ear or mouth and the edge, drawn once for each direction of a call. */
  readonly networkMs: Spread;
  /** Part of that between the peer (our relay, or Twilio) and the edge. */
  readonly edgeLegShare: number;
  /** More for each message between peer and edge; they stay in order. */
  readonly jitterMsMax: number;
  /** End of a word as the recogniser got it, to the hypothesis that has it. */
  readonly hypothesisMs: Spread;
  /** End of a segment of speech to its final phrase. */
  readonly finalMs: Spread;
  /** Silence that ends a segment. */
  readonly segmentationSilenceMs: number;
  readonly firstTokenMs: Spread;
  readonly tokenMs: number;
  /** Text to the first byte of its audio, on a context that is idle. */
  readonly firstByteMs: Spread;
  /** Audio comes so much faster than it plays. */
  readonly synthesisSpeed: number;
  readonly toolMs: Spread;
  /** Silence before the first sound of a context. */
  readonly leadingSilenceMs: readonly [min: number, max: number];
}

/**
 * Sources (facts/voice-conversation.md): network section 3 (mobile 60-120 ms and jitter, relay to edge 5-15 ms; that a
 * quarter lies between peer and edge is assumed); finals section 0.1 (Azure 1016 median, 1345 P95); hypotheses 200-300 ms
 * section 3; first token section 3 (gpt-4.1 536/1771, gpt-4o-mini 553/1947); first byte section 3 (flash 150-440 ms);
 * leading silence section 3. Assumed: 70 tokens a second, synthesis at four times real time, tools.
 */
export const TYPICAL_LATENCIES: Latencies = {
  networkMs: { median: 70, p95: 120 },
  edgeLegShare: 0.25,
  jitterMsMax: 15,
  hypothesisMs: { median: 240, p95: 380 },
  finalMs: { median: 1016, p95: 1345 },
  segmentationSilenceMs: 500,
  firstTokenMs: { median: 550, p95: 1900 },
  tokenMs: 1000 / 70,
  firstByteMs: { median: 200, p95: 440 },
  synthesisSpeed: 4,
  toolMs: { median: 400, p95: 1200 },
  leadingSilenceMs: [150, 250],
};

/**
 * Providers that need no time, to see what the engine itself takes. Network and segmentation silence stay as they are:
 * the first is taken off the figure, the second is no latency but a rule.
 */
export const ZERO_LATENCIES: Latencies = {
  ...TYPICAL_LATENCIES,
  jitterMsMax: 0,
  hypothesisMs: { median: 0, p95: 0 },
  finalMs: { median: 0, p95: 0 },
  firstTokenMs: { median: 0, p95: 0 },
  tokenMs: 0,
  firstByteMs: { median: 0, p95: 0 },
  synthesisSpeed: Infinity,
  toolMs: { median: 0, p95: 0 },
};
