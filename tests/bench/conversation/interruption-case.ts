/** What the agent did when there was sound while it spoke: a real interruption, a back-channel, a noise. */

import { plainWords } from '../../virtual-call/words.ts';
import type { Utterance } from '../../virtual-call/caller.ts';
import type { CallFloor } from './floor.ts';

export interface InterruptionCase {
  /** The agent fell silent and stayed so until the caller was done. */
  readonly isYielded: boolean;
  /** It fell silent, and went on before the caller was done. */
  readonly isFalseResume: boolean;
  /** His first sound at his mouth to silence at his ear. */
  readonly silenceMs: number | undefined;
}

export interface AsideCase {
  readonly kind: 'backchannel' | 'noise';
  /** The utterance went on to its end: its last word was heard before the caller spoke again, and nothing else was said. */
  readonly isIgnored: boolean;
  /** Silence that was put into the utterance. */
  readonly holdMs: number | undefined;
}

/** What is left of the agent's utterance is over in less than this anyway: no case. */
const NEARLY_OVER_MS = 400;
/** Silence that is no pause of punctuation. */
const SILENCE_MS = 300;
/** Somebody who says only "yes" must be given way to within this. */
const YIELD_MS_MAX = 1500;
const HOLD_WINDOW_MS = 3000;
/** Less is no hold but a gap of the line. */
const HOLD_MS_MIN = 30;

export function interruptionCases(floor: CallFloor): InterruptionCase[] {
  return floor.result.utterances
    .filter(({ kind, isInterrupting }) => kind === 'turn' && isInterrupting)
    .flatMap((turn) => caseOf(turn, floor) ?? []);
}

function caseOf({ startAt, endAt }: Utterance, floor: CallFloor): InterruptionCase | undefined {
  const { ear } = floor.result;
  const current = floor.soundAt(startAt);
  if (current === undefined || current.toAt < startAt) return undefined;
  const { piece } = current;
  const isSame = (other: typeof piece): boolean =>
    other === piece || (piece.contextId !== undefined && other.contextId === piece.contextId);
  const runs = ear.runs.filter((run) => run.toAt > startAt && isSame(run.piece));
  const last = runs.at(-1);
  const lastWord = last?.piece.words.at(-1);
  const isComplete =
    last !== undefined && lastWord !== undefined && ear.hasHeard(last.piece, lastWord);
  if (isComplete && last.toAt - startAt <= NEARLY_OVER_MS) return undefined;

  const untilAt = Math.max(endAt, startAt + YIELD_MS_MAX);
  let silentAt = startAt;
  let isResumed = false;
  for (const run of runs) {
    if (run.fromAt >= endAt) break;
    if (run.fromAt - silentAt >= SILENCE_MS) {
      isResumed = true;
      break;
    }
    silentAt = run.toAt;
  }
  const isSilent = silentAt <= untilAt && silentAt < endAt + YIELD_MS_MAX;
  return {
    isYielded: isSilent && !isResumed,
    isFalseResume: isResumed,
    silenceMs: isSilent ? silentAt - startAt : undefined,
  };
}

export function asideCases(floor: CallFloor): AsideCase[] {
  return floor.result.utterances.flatMap((aside) => {
    if (aside.kind !== 'backchannel' && aside.kind !== 'noise') return [];
    return [asideCase(aside, aside.kind, floor)];
  });
}

function asideCase(aside: Utterance, kind: AsideCase['kind'], floor: CallFloor): AsideCase {
  const { result } = floor;
  const piece = floor.soundAt(aside.startAt)?.piece;
  const nextAt = floor.nextSpeechAt(aside);
  if (piece === undefined) return { kind, isIgnored: true, holdMs: 0 };
  const request = result.requestOf.get(piece);
  const text = request?.answer.text ?? piece.text;
  const isOfIt = (other: typeof piece): boolean =>
    other === piece || (request !== undefined && result.requestOf.get(other) === request);
  const heard = result.ear.stretches.filter(({ at }) => at > aside.startAt - 20 && at < nextAt);
  const isAlone = heard.every(
    (stretch) => isOfIt(stretch.piece) || isAfter(stretch.piece, floor, text),
  );
  const isEnded =
    heard.some(({ piece: other }) => {
      const word = other.words.at(-1);
      const ends = isOfIt(other) && endsWith(text, other.text);
      return ends && word !== undefined && result.ear.hasHeard(other, word, nextAt);
    }) || isEndedBefore(piece, text, floor, nextAt);
  const isIgnored = isAlone && isEnded;
  return { kind, isIgnored, holdMs: isIgnored ? holdOf(aside.startAt, floor, isOfIt) : undefined };
}

/** What comes after the answer was complete is no disturbance of it: the result of a tool, a reprompt. */
function isAfter(piece: { readonly text: string }, floor: CallFloor, text: string): boolean {
  const request = [...floor.result.requestOf.values()].find(({ answer }) => answer.text === text);
  return request?.answer.toolCall !== undefined && piece.text !== '';
}

/** The stretch that was going on at the aside had begun long before it. */
function isEndedBefore(
  piece: Parameters<CallFloor['isModels']>[0],
  text: string,
  { result }: CallFloor,
  nextAt: number,
): boolean {
  const word = piece.words.at(-1);
  return (
    endsWith(text, piece.text) && word !== undefined && result.ear.hasHeard(piece, word, nextAt)
  );
}

function endsWith(text: string, part: string): boolean {
  const words = plainWords(text);
  const end = plainWords(part);
  return end.length > 0 && words.slice(-end.length).join(' ') === end.join(' ');
}

/** Gaps between stretches of the utterance from the sound on. */
function holdOf(
  fromAt: number,
  { result }: CallFloor,
  isOfIt: (piece: Parameters<CallFloor['isModels']>[0]) => boolean,
): number {
  const stretches = result.ear.stretches.filter(({ piece }) => isOfIt(piece));
  let holdMs = 0;
  for (const [i, stretch] of stretches.entries()) {
    const next = stretches[i + 1];
    if (next === undefined) break;
    const endAt = stretch.at + (stretch.toByte - stretch.fromByte) / 8;
    const gapMs = next.at - endAt;
    if (endAt >= fromAt && endAt < fromAt + HOLD_WINDOW_MS && gapMs >= HOLD_MS_MIN) holdMs += gapMs;
  }
  return holdMs;
}
