/**
 * Whether the caller takes the floor while the agent has it.
 *
 * The agent holds its breath at once (that costs nothing, it can go on at the same sample) and decides when it knows more:
 *
 * ```
 * speaking ── speech of pauseAfterMs ──> holding ── words that are meant, or a stop word ──> interrupted
 *    ▲                                     │
 *    └── a back-channel, echo, or a sound without words ◀┘
 * ```
 */

import { isBackchannel, isStopWord } from './language/backchannel.ts';
import { echoShareOf } from './language/echo.ts';
import { countWords } from './language/words.ts';

export interface InterruptionOptions {
  /** Off: the agent finishes, and hears afterwards what was said meanwhile. */
  readonly isAllowed: boolean;
  /** Speech of this length makes the agent hold its breath: a click is shorter. */
  readonly pauseAfterMs: number;
  /** So many words that are no back-channel are meant. Two Chinese characters are one word. */
  readonly wordsMin: number;
  /** After a sound, so long without a word means that there was none: recognition has had its time. */
  readonly wordlessMs: number;
  /** After the end of a back-channel: so long, to see whether it goes on. */
  readonly settleMs: number;
  /** A sound of this length without a word is not speech: the agent goes on talking. */
  readonly noiseMsMax: number;
  /** From this share of words in common with what the agent has just said it is the agent's own echo. */
  readonly echoShareMin: number;
  /** At the beginning of the greeting nothing interrupts. */
  readonly greetingProtectedMs: number;
}

export const INTERRUPTION_DEFAULTS: InterruptionOptions = {
  isAllowed: true,
  pauseAfterMs: 100,
  wordsMin: 1,
  wordlessMs: 450,
  settleMs: 250,
  noiseMsMax: 1500,
  echoShareMin: 0.7,
  greetingProtectedMs: 600,
};

export interface InterruptionEvidence {
  /** Length of the speech going on since the agent could be heard, by our own ears; 0 when nobody speaks. */
  readonly speechMs: number;
  /** Since the end of the last speech. */
  readonly silenceMs: number;
  /** Recognised words in speech that began after the agent could be heard. */
  readonly words: string;
  /** What the agent has said in the last few seconds. */
  readonly said: string;
}

export type InterruptionVerdict =
  | 'go-on'
  | 'hold'
  /** The agent goes on; what was heard meanwhile was not addressed to it. */
  | 'resume'
  | 'interrupt';

/** What to do, given whether the agent holds its breath already. */
export function judgeInterruption(
  evidence: InterruptionEvidence,
  isHolding: boolean,
  options: InterruptionOptions,
): InterruptionVerdict {
  if (!options.isAllowed) return 'go-on';
  const { speechMs, silenceMs, words, said } = evidence;
  const kind = kindOf(words, said, options);
  if (kind === 'meant') return 'interrupt';
  if (!isHolding)
    return speechMs >= options.pauseAfterMs && speechMs < options.noiseMsMax ? 'hold' : 'go-on';
  if (speechMs > 0) {
    // Whoever says "yes" for that long is about to say more.
    return kind === 'none' && speechMs >= options.noiseMsMax ? 'resume' : 'go-on';
  }
  const patienceMs = kind === 'none' ? options.wordlessMs : options.settleMs;
  return silenceMs >= patienceMs ? 'resume' : 'go-on';
}

function kindOf(
  words: string,
  said: string,
  options: InterruptionOptions,
): 'none' | 'backchannel' | 'echo' | 'meant' {
  if (words.trim() === '') return 'none';
  if (isStopWord(words)) return 'meant';
  if (isBackchannel(words)) return 'backchannel';
  if (said !== '' && echoShareOf(words, said) >= options.echoShareMin) return 'echo';
  return countWords(words) >= options.wordsMin ? 'meant' : 'backchannel';
}
