/** What happened in a call, line by line, for people. */

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
