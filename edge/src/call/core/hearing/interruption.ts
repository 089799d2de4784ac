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

import { isStopWord } from '../language/backchannel.ts';
import { utteranceKindOf } from '../language/utterance-kind.ts';
import { countWords } from '../language/words.ts';

export interface InterruptionOptions {
  /** Off: the agent finishes, and hears afterwards what was said meanwhile. */
  readonly isAllowed: boolean;
  /** Speech of this length makes the agent hold its breath: a click is shorter. */
  readonly pauseAfterMs: number;
  /** The same where there is more to hear than the caller. */
  readonly pauseAfterNoisyMs: number;
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
  /** What is a nod with these callers, besides what is one everywhere. */
  readonly extraNods: readonly string[];
  /** At the beginning of the greeting nothing interrupts. */
  readonly greetingProtectedMs: number;
}

export const INTERRUPTION_DEFAULTS: InterruptionOptions = {
  isAllowed: true,
  pauseAfterMs: 60,
  pauseAfterNoisyMs: 260,
  wordsMin: 1,
  wordlessMs: 450,
  settleMs: 250,
  noiseMsMax: 1500,
  echoShareMin: 0.7,
  extraNods: [],
  greetingProtectedMs: 600,
};

export interface InterruptionEvidence {
  /** Length of the speech going on since the agent could be heard, by our own ears; 0 when nobody speaks. */
  readonly speechMs: number;
  /** Since the end of the last speech. */
  readonly silenceMs: number;
  /** Since {@link words} became what they are. */
  readonly unchangedMs: number;
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
  /** The same while nothing was held: words that our own ears have not heard. */
  | 'disregard'
  | 'interrupt';

/** Somebody who goes on has said a second word by then. */
const SECOND_WORD_MS = 900;
/** A word that belongs to those before it comes within this. */
const NEXT_WORD_MS = 600;
/** After a single word: a correction is there by then. */
const FIRST_WORD_MS = 400;

/** What to do, given whether the agent holds its breath already. */
export function judgeInterruption(
  evidence: InterruptionEvidence,
  isHolding: boolean,
  options: InterruptionOptions,
): InterruptionVerdict {
  if (!options.isAllowed) return 'go-on';
  const { speechMs, silenceMs, unchangedMs, words, said } = evidence;
  const isHeard = isHolding || speechMs > 0;
  const { echoShareMin, extraNods } = options;
  const kind = utteranceKindOf(words, { said, isHeard, echoShareMin, extraNods });
  // The first hypothesis of a word is often another word. While nothing is heard of the agent there is time to see.
  const isCertain = countWords(words) > options.wordsMin || isStopWord(words) || !isHolding;
  const isPatient =
    !isCertain && (speechMs > 0 ? speechMs < SECOND_WORD_MS : silenceMs < FIRST_WORD_MS);
  // The agent's own words, in few words: a third one tells, or the end.
  const isMeant = kind === 'meant' || (kind === 'perhaps-echo' && speechMs === 0);
  const isEnough = isMeant && countWords(words) >= options.wordsMin && !isPatient;
  if (isEnough) return 'interrupt';
  if (!isHolding) {
    const isSound = speechMs >= options.pauseAfterMs && speechMs < options.noiseMsMax;
    if (isSound) return 'hold';
    const isAlone = kind === 'nod' || kind === 'echo';
    return isAlone && speechMs === 0 && unchangedMs >= NEXT_WORD_MS ? 'disregard' : 'go-on';
  }
  if (speechMs > 0) {
    // Whoever says "yes" for that long is about to say more.
    const patienceMs = kind === 'none' ? options.noiseMsMax : 2 * options.noiseMsMax;
    return speechMs >= patienceMs ? 'resume' : 'go-on';
  }
  const patienceMs =
    kind === 'none' ? options.wordlessMs : isMeant ? FIRST_WORD_MS : options.settleMs;
  return silenceMs >= patienceMs ? 'resume' : 'go-on';
}
