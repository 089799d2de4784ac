/** One turn of the caller's and what became of it. */

import type { Utterance } from '../../virtual-call/caller.ts';
import type { SoundRun } from '../../virtual-call/ear.ts';
import { FRAME_MS } from '../../virtual-call/mouth.ts';
import type { AnswerKind } from '../../virtual-call/model.ts';
import type { CallFloor } from './floor.ts';

export interface TurnCase {
  /** The agent became audible while he had not finished, mid-turn pauses included. */
  readonly isTalkedOver: boolean;
  /** The same, but both began at once: the agent could not have heard him yet. Not in `isTalkedOver`. */
  readonly isCollision: boolean;
  /** He gave way: the turn was not finished and cannot have an answer. */
  readonly isCut: boolean;
  /** Words of the model's own were heard after the turn and before his next words. */
  readonly isAnswered: boolean;
  readonly answerKind: AnswerKind | undefined;
  /** His last sound at his mouth to the first sound of the agent's turn at his ear; undefined where he was talked over. */
  readonly responseMs: number | undefined;
  /** The same, to the first sound of the model's own text. */
  readonly answerMs: number | undefined;
  /** Where {@link responseMs} is: that less the way there and back and less the engine's own endpointing delay. */
  readonly overheadMs: number | undefined;
}

/**
 * What he says needs the way up before it can be heard, and what is on its way down comes all the same; hearing that it is
 * speech takes a detector this long.
 */
const DETECTION_MS = 120;

export function turnCases(floor: CallFloor): TurnCase[] {
  return floor.result.utterances
    .filter(({ kind }) => kind === 'turn')
    .map((turn) => caseOf(turn, floor));
}

function caseOf(turn: Utterance, floor: CallFloor): TurnCase {
  const { startAt, endAt, isCut } = turn;
  const { network, ear, requestOf } = floor.result;
  const { mouthToPeerMs, peerToEdgeMs, edgeToPeerMs, peerToEarMs } = network;
  const blindMs = mouthToPeerMs + peerToEdgeMs + edgeToPeerMs + peerToEarMs + DETECTION_MS;
  const isNew = (run: SoundRun): boolean => !floor.isOldAt(run, startAt);
  // While he cuts in, the old utterance that breaks off and goes on is no yielding (see interruption-case.ts).
  const onsets = floor
    .onsetsBetween(startAt, endAt)
    .filter((run) => !turn.isInterrupting || isNew(run));
  const late = onsets.filter(({ fromAt }) => fromAt > startAt + blindMs);
  const nextAt = floor.nextSpeechAt(turn);
  const after = ear.runs.filter((run) => run.toAt > endAt && run.fromAt < nextAt && isNew(run));
  const answer = after.find(({ piece }) => floor.isModels(piece));
  const first = after.find(({ piece }) => floor.isModels(piece) || floor.isFiller(piece));
  const isClean = !isCut && onsets.length === 0 && answer !== undefined && first !== undefined;
  const responseMs = isClean && first.fromAt >= endAt ? first.fromAt - endAt : undefined;
  return {
    isTalkedOver: late.length > 0,
    isCollision: late.length === 0 && onsets.length > 0,
    isCut,
    isAnswered: answer !== undefined,
    answerKind: answer === undefined ? undefined : requestOf.get(answer.piece)?.answer.kind,
    responseMs,
    answerMs: responseMs === undefined || answer === undefined ? undefined : answer.fromAt - endAt,
    overheadMs:
      responseMs === undefined || first === undefined
        ? undefined
        : overheadOf(turn, first, responseMs, floor),
  };
}

/**
 * The way there: until the frame with his last sound is complete and at the edge. The way back: the network, and the wait for
 * the peer's next slot.
 */
function overheadOf(
  turn: Utterance,
  first: SoundRun,
  responseMs: number,
  { result }: CallFloor,
): number | undefined {
  const { network, startedAt, arrivals, turns } = result;
  const { mouthToPeerMs, peerToEdgeMs, edgeToPeerMs, peerToEarMs } = network;
  const record = turns.findLast(
    (each) =>
      each.kind === 'reply' &&
      each.startedAt <= first.fromAt &&
      each.startedAt >= turn.startAt &&
      each.waterfallMs.endOfTurn !== undefined,
  );
  const arrivedAt = arrivals.get(first.piece);
  const endpointingMs = record?.waterfallMs.endOfTurn;
  if (endpointingMs === undefined || arrivedAt === undefined) return undefined;
  const heardAt = turn.endAt + mouthToPeerMs;
  const framingMs = upTo(heardAt - startedAt);
  const slotMs = upTo(arrivedAt - startedAt);
  const upMs = framingMs + mouthToPeerMs + peerToEdgeMs;
  const downMs = edgeToPeerMs + slotMs + peerToEarMs;
  return responseMs - upMs - downMs - endpointingMs;
}

/** To the next multiple of a frame. */
function upTo(ms: number): number {
  return (FRAME_MS - (ms % FRAME_MS)) % FRAME_MS;
}
