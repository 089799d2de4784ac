/** What the engine must reach. */

import { LANGUAGES, type Language } from '../../virtual-call/plan.ts';
import type { PeerKind } from '../../virtual-call/peer.ts';
import type { Figures } from './figures.ts';

export interface Bound {
  readonly name: string;
  readonly bound: string;
  readonly value: number | undefined;
  readonly isMet: boolean;
}

/** Medians of the languages may differ by this part of the smallest. */
const SPREAD_MAX = 0.1;

/** Where there was no case to measure, the bound is missed. */
export function boundsOf(
  all: Figures,
  languages: Readonly<Record<Language, Figures>>,
  peer: PeerKind,
): Bound[] {
  const bounds = [
    atMost('responseLatencyMs median', all.responseLatencyMs.median, 950),
    atMost('responseLatencyMs p95', all.responseLatencyMs.p95, 1500),
    atMost('answerLatencyMs median', all.answerLatencyMs.median, 1200),
    atMost('engineOverheadMs p95', all.engineOverheadMs.p95, 40),
    atLeast('responseRate', all.responseRate.share, 0.99),
    atMost('agentInterruptsRate', all.agentInterruptsRate.share, 0.05),
    atLeast('backchannelsIgnoredRate', all.backchannelsIgnoredRate.share, 0.95),
    atLeast('noisesIgnoredRate', all.noisesIgnoredRate.share, 0.95),
    atLeast('yieldRate', all.yieldRate.share, 0.98),
    atMost('yieldSilenceMs p95', all.yieldSilenceMs.p95, 400),
    spread(
      'responseLatencyMs median by language',
      LANGUAGES.map((each) => languages[each].responseLatencyMs.median),
    ),
    spread(
      'answerLatencyMs median by language',
      LANGUAGES.map((each) => languages[each].answerLatencyMs.median),
    ),
  ];
  // Twilio returns marks and knows no samples: what is on its way when `clear` is sent cannot be known.
  if (peer === 'patchcord') {
    bounds.push(atLeast('historyExactRate', all.historyExactRate.share, 1));
  }
  return bounds;
}

function atMost(name: string, value: number | undefined, max: number): Bound {
  return { name, bound: `<= ${max}`, value, isMet: value !== undefined && value <= max };
}

function atLeast(name: string, value: number | undefined, min: number): Bound {
  return { name, bound: `>= ${min}`, value, isMet: value !== undefined && value >= min };
}

/** How far the largest is from the smallest, as a part of that. */
function spread(name: string, values: readonly (number | undefined)[]): Bound {
  const known = values.flatMap((value) => value ?? []);
  const smallest = Math.min(...known);
  const isComplete = known.length === values.length && smallest > 0;
  const value = isComplete
    ? Math.round((Math.max(...known) / smallest - 1) * 1000) / 1000
    : undefined;
  return atMost(name, value, SPREAD_MAX);
}
