/**
 * The model's own verdict on whether the caller has finished, as the first character of its answer. It works in any
 * language, and an answer that was asked for ahead of time brings it in time.
 */

export type GateVerdict = 'complete' | 'cut-off' | 'thinking';

const MARKS: Readonly<Record<string, GateVerdict>> = {
  '✓': 'complete',
  '○': 'cut-off',
  '◐': 'thinking',
};

/** What the model is told, in addition to its instructions. */
export const GATE_INSTRUCTIONS =
  'Begin every answer with exactly one mark, which is not spoken. ✓ if the caller has finished; then answer. ' +
  '○ if the caller was cut off in mid-sentence, ◐ if the caller is still thinking; then say nothing more.';

export class TurnGate {
  #verdict: GateVerdict | undefined;
  #isPassed = false;

  /** Takes the mark off the beginning of the answer's text. */
  filter(text: string): string {
    if (this.#isPassed) return text;
    const start = text.trimStart();
    if (start === '') return '';
    this.#isPassed = true;
    const [mark = ''] = start;
    this.#verdict = MARKS[mark];
    return this.#verdict === undefined ? text : start.slice(mark.length).trimStart();
  }

  get verdict(): GateVerdict | undefined {
    return this.#verdict;
  }
}
