/** What happened in a call, line by line, for people. */

import type { TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type { HeardStretch } from './ear.ts';

const BYTES_PER_MS = 8;

export type Lane = 'caller' | 'agent' | 'stt' | 'llm' | 'tts' | 'peer' | 'core';

export interface TraceEntry {
  readonly at: number;
  readonly lane: Lane;
  readonly text: string;
}

export class Trace {
  readonly entries: TraceEntry[] = [];

  add(at: number, lane: Lane, text: string): void {
    this.entries.push({ at, lane, text });
  }

  /** What the caller heard, with the words that were heard whole. */
  addHearing(stretches: readonly HeardStretch[]): void {
    for (const { piece, at, fromByte, toByte } of stretches) {
      const words = piece.words.filter(
        ({ startMs, endMs }) =>
          startMs * BYTES_PER_MS >= fromByte && endMs * BYTES_PER_MS <= toByte,
      );
      const part = words.map(({ word }) => word).join(' ');
      const lengthMs = Math.round((toByte - fromByte) / BYTES_PER_MS);
      this.add(at, 'agent', `${piece.contextId ?? 'clip'}: "${part}" [${lengthMs} ms]`);
    }
  }

  addTurns(turns: readonly TurnRecord[], at: number): void {
    for (const { index, kind, waterfallMs, interrupted, heard } of turns) {
      const waterfall = JSON.stringify(waterfallMs).replaceAll('"', '');
      const cut = interrupted ? `, interrupted, heard "${heard}"` : '';
      this.add(at, 'core', `turn ${index} ${kind} ${waterfall}${cut}`);
    }
  }

  /** By time; seconds from `originAt`, a column for each side. */
  format(originAt: number): string {
    return this.entries
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, lane, text }) => {
        const seconds = ((at - originAt) / 1000).toFixed(3).padStart(8);
        return `${seconds}  ${MARKS[lane]} ${lane.padEnd(7)}${text}`;
      })
      .join('\n');
  }
}

const MARKS: Readonly<Record<Lane, string>> = {
  caller: '<<',
  agent: '>>',
  stt: '  ',
  llm: '  ',
  tts: '  ',
  peer: ' |',
  core: ' *',
};
