/** What the bench and its two processes say to each other. */

import type { StandinsOptions } from '../../standins/start.ts';
import type { CallOutcome } from './conversation.ts';

/** What every message to the stand-ins' and the callers' process is answered with. */
export interface LoopLateness {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface StandinsRequest {
  readonly kind: 'start';
  readonly options: StandinsOptions;
}

export interface StandinsReady {
  readonly kind: 'ready';
  readonly azureSpeechUrl: string;
  readonly openrouterUrl: string;
  readonly elevenlabsUrl: string;
}

/** How late the timers of the process were since it was last asked. */
export interface LatenessRequest {
  readonly kind: 'lateness';
}

export interface LatenessReport {
  readonly kind: 'lateness';
  readonly latenessMs: LoopLateness;
}

export interface CallersRequest {
  readonly kind: 'run';
  readonly wsUrl: string;
  readonly authToken: string;
  /** Number of the first caller: each one has words of his own. */
  readonly first: number;
  readonly calls: number;
  readonly turns: number;
  /** All of them begin within this. */
  readonly rampMs: number;
  readonly isPatchcord: boolean;
}

export interface CallersReport {
  readonly kind: 'done';
  readonly calls: readonly CallOutcome[];
}

/** Answers the parent; outside a bench there is none. */
export function tell(message: StandinsReady | LatenessReport | CallersReport): void {
  process.send?.(message);
}
