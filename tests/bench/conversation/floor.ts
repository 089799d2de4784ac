/** Who spoke when in a finished call: the caller's utterances at his mouth, the agent's sounds at his ear. */

import type { SpeechPiece } from '../../virtual-call/agent-speech.ts';
import type { Utterance } from '../../virtual-call/caller.ts';
import type { SoundRun } from '../../virtual-call/ear.ts';
import type { CallResult } from '../../virtual-call/call-result.ts';

/** Sound after so much silence is heard as a new beginning: the pauses of punctuation are shorter. */
const ONSET_SILENCE_MS = 300;

export class CallFloor {
  readonly result: CallResult;
  readonly #fillers: ReadonlySet<string>;

  constructor(result: CallResult) {
    this.result = result;
    const { openers, fillers } = result.plan.script.phrases;
    this.#fillers = new Set([...openers, ...fillers]);
  }

  /** Openers and fillers: words that are no answer. */
  isFiller(piece: SpeechPiece): boolean {
    return this.#fillers.has(piece.text.trim());
  }

  /** The model wrote it, for the call at hand. */
  isModels(piece: SpeechPiece): boolean {
    return this.result.requestOf.has(piece) && !this.isFiller(piece);
  }

  /** When the caller speaks next after `utterance`, be it a turn or a "hello?"; Infinity where he does not. */
  nextSpeechAt(utterance: Utterance): number {
    const next = this.result.utterances.find(
      ({ kind, startAt }) => startAt > utterance.startAt && (kind === 'turn' || kind === 'hello'),
    );
    return next?.startAt ?? Infinity;
  }

  /** Whether a piece belongs to a context that was heard before `at`, or is a clip that was. */
  isOldAt(run: SoundRun, at: number): boolean {
    const { contextId } = run.piece;
    if (contextId === undefined) return run.fromAt < at;
    return this.result.ear.stretches.some(
      (stretch) => stretch.at < at && stretch.piece.contextId === contextId,
    );
  }

  /** Sounds of the agent between two instants that come after silence. */
  onsetsBetween(fromAt: number, toAt: number): SoundRun[] {
    const { runs } = this.result.ear;
    return runs.filter((run, i) => {
      const before = runs[i - 1];
      const isOnset = before === undefined || run.fromAt - before.toAt >= ONSET_SILENCE_MS;
      return isOnset && run.fromAt > fromAt && run.fromAt < toAt;
    });
  }

  /** The sound at `at`, or the last one before it. */
  soundAt(at: number): SoundRun | undefined {
    return this.result.ear.runs.findLast(({ fromAt }) => fromAt <= at);
  }
}
