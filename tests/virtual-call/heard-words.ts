/** Words in the air around the caller's telephone, in the order in which they end: what a recogniser could understand. */

import type { TimedUnit } from './spoken-text.ts';

export type Speaker = 'caller' | 'bystander' | 'echo' | 'junk';

export interface AudibleWord extends Pick<TimedUnit, 'display' | 'lexical' | 'isJoined'> {
  readonly speaker: Speaker;
  /** In milliseconds since the caller's first frame. */
  readonly startMs: number;
  readonly endMs: number;
}

export class HeardWords {
  readonly #words: AudibleWord[] = [];

  get count(): number {
    return this.#words.length;
  }

  at(index: number): AudibleWord | undefined {
    return this.#words[index];
  }

  /** Keeps the order of ends; a word is added before its end has been recognised. */
  add(word: AudibleWord): void {
    let i = this.#words.length;
    while (i > 0 && (this.#words[i - 1]?.endMs ?? 0) > word.endMs) i--;
    this.#words.splice(i, 0, word);
  }
}
