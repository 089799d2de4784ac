/** What a few words said over the agent's voice are: a nod, the agent's own echo, or something that is meant. */

import { isBackchannel, isStopWord } from './backchannel.ts';
import { echoShareOf } from './echo.ts';
import { LANGUAGES } from './language.ts';
import { LEXICONS } from './lexicons.ts';
import { PhraseSet } from './phrase-set.ts';
import { countWords, plainOf, wordsOf } from './words.ts';

/**
 * - `none`: nothing, or "um";
 * - `nod`: a back-channel, or one word that may be one misheard;
 * - `echo`: what the agent has just said;
 * - `perhaps-echo`: the same, but our own ears have heard it, and a word or two may be there by chance;
 * - `meant`: anything else.
 */
export type UtteranceKind = 'none' | 'nod' | 'echo' | 'perhaps-echo' | 'meant';

export interface UtteranceContext {
  /** What the agent has said lately, as spoken. */
  readonly said: string;
  /** Our own ears have heard the caller too: fewer words in common with the agent's prove nothing then. */
  readonly isHeard: boolean;
  /** From this share of words in common on it is an echo. */
  readonly echoShareMin: number;
  /** The agent's own, besides the back-channels of the three languages. */
  readonly extraNods: readonly string[];
}

const HESITATIONS = PhraseSet.ofAll((lexicon) => lexicon.hesitations);
const NOD_PHRASES = LANGUAGES.flatMap((language) => LEXICONS[language].backchannels);
const NODS = NOD_PHRASES.map(plainOf);
/** "I" of "I see": what recognition has of a nod when it begins. */
const NOD_BEGINNINGS: ReadonlySet<string> = new Set(
  NOD_PHRASES.flatMap((phrase) => {
    const words = wordsOf(phrase);
    return words.slice(1).map((_, index) => words.slice(0, index + 1).join(' '));
  }),
);

const ONE_HAN = /^\p{Script=Han}$/u;
/** "有", "要", "不": said alone, and meant. So is a digit, and "那": more comes. */
const ANSWERS: ReadonlySet<string> = new Set([
  ...LEXICONS.zh.shortAnswers,
  ...LEXICONS.zh.objections,
  ...LEXICONS.zh.unfinishedEndings,
  ...LEXICONS.zh.weakEndings,
  ...Object.keys(LEXICONS.zh.digits),
]);

/** "Okay" is in much of what is said; three words in a row are not there by chance. */
const ECHO_WORDS_MIN = 3;
/** A longer word is no nod that was misheard. */
const NOD_CHARS_MAX = 6;
/** An echo that was cut off by a nod is short: whoever says more says something. One word is there by chance. */
const ECHOED_WORDS_MIN = 2;
const ECHOED_WORDS_MAX = 6;
/** Nods of this length may be two letters off. */
const NOD_CHARS_LONG = 4;

export function utteranceKindOf(text: string, context: UtteranceContext): UtteranceKind {
  // Asked with every frame while the agent speaks, and mostly nobody else does.
  if (text === '') return 'none';
  const words = wordsOf(text);
  if (HESITATIONS.skip(words) >= words.length) return 'none';
  const isChance = context.isHeard && isShort(text);
  const isSaid = isEcho(text, context);
  if (isSaid && !isChance) return 'echo';
  if (isStopWord(text)) return 'meant';
  const plain = plainOf(text);
  const isExtra = context.extraNods.some((nod) => plainOf(nod) === plain);
  if (isExtra || isNod(text, words) || isEchoedNod(words, context)) return 'nod';
  return isSaid ? 'perhaps-echo' : 'meant';
}

function isNod(text: string, words: readonly string[]): boolean {
  return isBackchannel(text) || NOD_BEGINNINGS.has(words.join(' ')) || isNodMisheard(text);
}

/** The end of the agent's own words, and a nod behind it: recognition takes both for one sentence. */
function isEchoedNod(words: readonly string[], { said }: UtteranceContext): boolean {
  if (words.length > ECHOED_WORDS_MAX) return false;
  const spoken = ` ${wordsOf(said).join(' ')} `;
  return words.some((_, i) => {
    const echo = words.slice(0, i).join(' ');
    if (countWords(echo) < ECHOED_WORDS_MIN || !spoken.includes(` ${echo} `)) return false;
    const rest = words.slice(i).join(' ');
    return isBackchannel(rest) || NOD_BEGINNINGS.has(rest);
  });
}

function isEcho(text: string, { said, echoShareMin }: UtteranceContext): boolean {
  return said !== '' && echoShareOf(text, said) >= echoShareMin;
}

function isShort(text: string): boolean {
  return countWords(text) < ECHO_WORDS_MIN;
}

/**
 * One word that is a letter or two away from a nod; whoever says more is understood in a moment. A Chinese syllable alone
 * is "是" or "对" in whatever characters, unless it is an answer of its own.
 */
function isNodMisheard(text: string): boolean {
  const plain = plainOf(text);
  if (ONE_HAN.test(plain)) return !ANSWERS.has(plain);
  if (countWords(text) > 2 || plain.length < 2 || plain.length > NOD_CHARS_MAX) return false;
  return NODS.some((nod) => {
    const editsMax = Math.min(nod.length, plain.length) >= NOD_CHARS_LONG ? 2 : 1;
    return editsBetween(plain, nod) <= editsMax;
  });
}

/** Letters more, less or other between two short words (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
