/** A caller's text with its marks for pauses (see script.ts), timed word by word. */

import type { Draws } from './draws.ts';
import { isHan, spokenUnits, type SpokenUnit } from './words.ts';

/** Why there is a pause: a phrase audibly not at its end, one that could have been all, or a group of digits. */
export type PauseKind = 'unfinished' | 'complete' | 'digits';

export interface TimedUnit extends SpokenUnit {
  /** Milliseconds from the beginning of the utterance. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface Pause {
  readonly kind: PauseKind;
  readonly startMs: number;
  readonly lengthMs: number;
}

export interface SpokenText {
  /** Without marks. */
  readonly text: string;
  readonly units: readonly TimedUnit[];
  readonly pauses: readonly Pause[];
  readonly lengthMs: number;
}

/** Pauses of callers within a turn; assumed, with the part of turns that have one in {@link PAUSE_PROBABILITY}. */
const PAUSE_MS = { median: 350, p95: 1100 };
const PAUSE_PROBABILITY = 0.35;
/**
 * In turns with places of both kinds. With the others, which have one kind only, about 30 % of all pauses come after a
 * phrase that could have been all.
 */
const AFTER_COMPLETE = 0.35;
const DIGITS_PAUSE_MS = { median: 380, p95: 800 };
const PAUSE_MS_MAX = 2500;
const PAUSE_MS_MIN = 120;

export interface SpeakOptions {
  readonly digits: readonly string[];
  /** 1 is the usual pace; more is slower. */
  readonly pace: number;
  readonly hasPauses: boolean;
}

/** Says `marked` at a caller's pace. Where and how long he pauses is drawn. */
export function speakText(marked: string, draws: Draws, options: SpeakOptions): SpokenText {
  const parts = marked.split(/(?=[|/~])/u);
  const pausesMs = drawPauses(marked, draws, options.hasPauses);
  const units: TimedUnit[] = [];
  const pauses: Pause[] = [];
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const pause = pausesMs.get(i);
    if (pause !== undefined) {
      pauses.push({ kind: kindOf(part), startMs: at, lengthMs: pause });
      at += pause;
    }
    const said = i === 0 ? part : part.slice(1);
    const isTight = i === 0 || !(/^\s/u.test(said) || /\s$/u.test(parts[i - 1] ?? ''));
    for (const [j, unit] of spokenUnits(said, options.digits).entries()) {
      const lengthMs = unitMs(unit, draws, options.pace);
      const isJoined = units.length > 0 && (j === 0 ? isTight : unit.isJoined);
      units.push({ ...unit, isJoined, startMs: at, endMs: at + lengthMs });
      at += lengthMs;
      // A breath of a comma; the detectors of speech bridge it.
      if (/[,，、]$/u.test(unit.display)) at += draws.uniform(50, 110);
    }
  }
  const last = units.at(-1);
  return {
    text: plainText(marked),
    units,
    pauses: pauses.filter(({ startMs }) => startMs > 0 && startMs < (last?.startMs ?? 0)),
    lengthMs: last?.endMs ?? 0,
  };
}

/** For people: the text with the length of each pause in it, in milliseconds. */
export function withPauses({ units, pauses }: SpokenText): string {
  return units
    .map(({ display, isJoined, startMs }, i) => {
      const pause = pauses.find((each) => Math.abs(each.startMs + each.lengthMs - startMs) < 1);
      const before = pause === undefined ? '' : ` <${Math.round(pause.lengthMs)}>`;
      return `${before}${i === 0 || isJoined ? '' : ' '}${display}`;
    })
    .join('');
}

/** What is written when the marks are taken out. */
export function plainText(marked: string): string {
  const isChinese = isHan(marked.trim()[0] ?? '');
  return marked.replaceAll(/\s*[|/~]\s*/gu, isChinese ? '' : ' ').trim();
}

function kindOf(part: string): PauseKind {
  if (part.startsWith('|')) return 'unfinished';
  return part.startsWith('~') ? 'digits' : 'complete';
}

/** Length of the pause before each part that has one. */
function drawPauses(marked: string, draws: Draws, hasPauses: boolean): Map<number, number> {
  const parts = marked.split(/(?=[|/~])/u);
  const pauses = new Map<number, number>();
  const at = (mark: string): number[] =>
    parts.flatMap((part, i) => (part.startsWith(mark) && i > 0 ? [i] : []));
  // The draws are made in any case: the same seed gives another language's call the same course.
  const isPausing = draws.chance(PAUSE_PROBABILITY);
  const isComplete = draws.chance(AFTER_COMPLETE);
  const drawnMs = bounded(draws.lognormal(PAUSE_MS));
  const place = draws.uniform(0, 1);
  for (const i of at('~')) {
    const lengthMs = bounded(draws.lognormal(DIGITS_PAUSE_MS));
    if (hasPauses) pauses.set(i, lengthMs);
  }
  if (!hasPauses || !isPausing) return pauses;
  const unfinished = at('|');
  const complete = at('/');
  const wanted = isComplete ? complete : unfinished;
  const places = wanted.length > 0 ? wanted : [...unfinished, ...complete];
  const index = places[Math.floor(place * places.length)];
  if (index !== undefined) pauses.set(index, drawnMs);
  return pauses;
}

function bounded(ms: number): number {
  return Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, ms));
}

/** A word of 180 to 320 ms by its length, a Chinese syllable of 200 to 240, a digit of 240 to 300. */
function unitMs(unit: SpokenUnit, draws: Draws, pace: number): number {
  if (/^\d/u.test(unit.display)) return draws.uniform(240, 300) * pace;
  if (isHan(unit.lexical[0] ?? '')) return draws.uniform(200, 240) * pace;
  const letters = Math.min(9, unit.lexical.length);
  return (180 + (letters - 1) * 17 + draws.uniform(-10, 10)) * pace;
}
