/**
 * Whether the engine knows what the caller heard of an utterance that was cut off: each `clear` that threw audio away is a
 * case, judged by the next request to the model and by the record of the turn.
 *
 * The truth is the words all of whose sound was heard, in order. Exact means: these words and no others, by spelling, case
 * and punctuation aside. Where the cut falls into the silence of the punctuation behind a word both readings count as
 * right. Openers and fillers may be part of what the agent said, or not.
 */

import type { SpeechPiece } from '../../virtual-call/agent-speech.ts';
import { isCovered, type HeardStretch } from '../../virtual-call/ear.ts';
import { plainWords } from '../../virtual-call/words.ts';
import type { CallFloor } from './floor.ts';

export interface HistoryCase {
  /** Undefined where the call ended before the model was asked again. */
  readonly isRequestExact: boolean | undefined;
  /** Undefined where no record tells of the utterance. */
  readonly isRecordExact: boolean | undefined;
  /** The last words that were heard, that the model was told, and that the record has. */
  readonly heard: string;
  readonly told: string;
  readonly kept: string;
}

/** Words before the utterance that must be right too, so that a wrong place cannot look right. */
const CONTEXT_WORDS = 3;

interface Said {
  readonly key: string;
  readonly isFiller: boolean;
  readonly pieces: SpeechPiece[];
  /** Alternatives: without and with a word whose punctuation was cut. */
  readonly heard: readonly (readonly string[])[];
}

export function historyCases(floor: CallFloor): HistoryCase[] {
  const { clears, requests, turns } = floor.result;
  return clears.flatMap(({ sentAt, arrivedAt, threwBytes }) => {
    if (threwBytes === 0) return [];
    const said = saidBefore(arrivedAt + floor.result.network.peerToEarMs, floor);
    const cut = said.at(-1);
    if (cut === undefined) return [];
    const request = requests.find(({ at }) => at >= sentAt);
    const told = request?.messages.flatMap(({ role, content }) =>
      role === 'assistant' ? plainWords(content) : [],
    );
    const record = turns.findLast(
      (turn) => turn.interrupted && turn.startedAt <= sentAt && isOf(turn.agent, cut),
    );
    return [
      {
        isRequestExact: told === undefined ? undefined : isTold(told, said, cut),
        isRecordExact:
          record === undefined ? undefined : isKept(plainWords(record.heard), said, cut),
        heard: lastWords(said.flatMap(({ heard }) => heard[0] ?? [])),
        told: lastWords(told ?? []),
        kept: lastWords(plainWords(record?.heard ?? '')),
      },
    ];
  });
}

interface Group {
  readonly pieces: SpeechPiece[];
  readonly stretches: HeardStretch[];
  readonly isFiller: boolean;
}

/**
 * Utterances in the order in which they were first heard, each with the words that were heard wholly. A clip is an
 * utterance each time it is played.
 */
function saidBefore(at: number, floor: CallFloor): Said[] {
  const groups = new Map<string, Group>();
  let clips = 0;
  let last: HeardStretch | undefined;
  for (const stretch of floor.result.ear.stretches) {
    const { piece, fromByte } = stretch;
    if (stretch.at > at) break;
    if (piece.isClip && (last?.piece !== piece || fromByte < last.toByte)) clips++;
    last = stretch;
    const key = piece.contextId ?? `clip-${clips}`;
    const isFiller = floor.isFiller(piece);
    const group: Group = groups.get(key) ?? { pieces: [], stretches: [], isFiller };
    if (!group.pieces.includes(piece)) group.pieces.push(piece);
    group.stretches.push(stretch);
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => ({
    key,
    isFiller: group.isFiller,
    pieces: group.pieces,
    heard: [wordsHeard(group, 'endMs'), wordsHeard(group, 'closedMs')],
  }));
}

/** With `closedMs` the silence of the punctuation behind a word must have passed as well. */
function wordsHeard({ pieces, stretches }: Group, until: 'endMs' | 'closedMs'): string[] {
  return pieces.flatMap((piece) =>
    piece.words
      .filter((word) => isCovered(stretches, piece, { fromMs: word.startMs, toMs: word[until] }))
      .flatMap(({ word }) => plainWords(word)),
  );
}

/** The record is of this utterance if it has its first words. */
function isOf(agent: string, { pieces }: Said): boolean {
  const first = plainWords(pieces.map(({ text }) => text).join(' '))
    .slice(0, 4)
    .join(' ');
  return plainWords(agent).join(' ').includes(first);
}

/** Utterances before the one that was cut that may themselves have been cut in a silence. */
const ALTERNATIVES_BACK = 2;

/** All readings of what was heard up to the end of `cut`, with and without openers. */
function readings(said: readonly Said[], cut: Said): { all: string[]; own: number }[] {
  return [false, true].flatMap((hasFillers) => {
    const before = said.filter((each) => each !== cut && (hasFillers || !each.isFiller));
    const latest = before.slice(-ALTERNATIVES_BACK);
    const older = before.slice(0, -ALTERNATIVES_BACK).flatMap(({ heard }) => heard[0] ?? []);
    const isLeftOut = cut.isFiller && !hasFillers;
    const owns = isLeftOut ? [[]] : cut.heard;
    return combinations(latest).flatMap((words) =>
      owns.map((own) => ({ all: [...older, ...words, ...own], own: own.length })),
    );
  });
}

/** The utterances one after the other, in each of their readings. */
function combinations(said: readonly Said[]): string[][] {
  return said.reduce<string[][]>(
    (rows, { heard }) => rows.flatMap((row) => heard.map((words) => [...row, ...words])),
    [[]],
  );
}

function isTold(told: readonly string[], said: readonly Said[], cut: Said): boolean {
  return readings(said, cut).some(({ all, own }) => {
    const tail = all.slice(-(own + CONTEXT_WORDS));
    return isSame(told.slice(-tail.length), tail);
  });
}

/** What was heard of a turn is all of the utterance that was cut, and perhaps something that came before it. */
function isKept(kept: readonly string[], said: readonly Said[], cut: Said): boolean {
  return readings(said, cut).some(
    ({ all, own }) => kept.length >= own && isSame(all.slice(all.length - kept.length), kept),
  );
}

function lastWords(words: readonly string[]): string {
  return `"${words.slice(-12).join(' ')}"`;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
