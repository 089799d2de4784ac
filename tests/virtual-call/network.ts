/** The delays of one call. */

import type { Draws } from './draws.ts';
import type { Latencies } from './latencies.ts';

const NETWORK_MS_MAX = 250;

/** One way, once for a call. */
export interface Network {
  /** Mouth to peer, peer to engine, engine to peer, peer to ear. */
  readonly mouthToPeerMs: number;
  readonly peerToEdgeMs: number;
  readonly edgeToPeerMs: number;
  readonly peerToEarMs: number;
}

export function drawNetwork(draws: Draws, { networkMs, edgeLegShare }: Latencies): Network {
  const upMs = Math.min(NETWORK_MS_MAX, draws.lognormal(networkMs));
  const downMs = Math.min(NETWORK_MS_MAX, draws.lognormal(networkMs));
  return {
    mouthToPeerMs: upMs * (1 - edgeLegShare),
    peerToEdgeMs: upMs * edgeLegShare,
    edgeToPeerMs: downMs * edgeLegShare,
    peerToEarMs: downMs * (1 - edgeLegShare),
  };
}
