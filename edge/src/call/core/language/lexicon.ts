/** What we know of one language: the words a caller says by habit, and what we say when the model says nothing. */

import type { Language } from './language.ts';

/** What answered in place of a person. */
export type MachineKind = 'voicemail' | 'ivr' | 'screening' | 'unavailable';

/** Said without the model, unless an agent's settings say otherwise. */
export interface StockPhrases {
  readonly greeting: string;
  /** Something failed on our side, and the call goes on. */
  readonly apology: string;
  readonly notUnderstood: string;
  /** The caller has been silent for long. */
  readonly reprompt: string;
  readonly goodbye: string;
  /** The call ends because it may not be longer. */
  readonly timeLimit: string;
  /** The call ends because something failed for good. */
  readonly failure: string;
  /** The call may not be much longer. */
  readonly wrapUp: string;
  /** The answer to "are you a robot": always the truth. */
  readonly robotAnswer: string;
  readonly recordingNotice: string;
  readonly transferNotice: string;
  /** The caller is back: nobody could be reached. */
  readonly notConnected: string;
  /** Left on an answering machine. */
  readonly voicemail: string;
  /** The agent's first word, before the model's own text. */
  readonly openers: readonly string[];
  /** While an answer takes long. */
  readonly fillers: readonly string[];
}

/**
 * One language. Words and phrases are lower case, without marks at their ends. Patterns are held against
 * `normalOf(text)` of `words.ts`: lower-case words with one space between them, Chinese characters without.
 */
export interface Lexicon {
  /** "Go on, I am listening": no claim to the turn. */
  readonly backchannels: readonly string[];
  /** Stops the agent wherever it is said. */
  readonly stopWords: readonly string[];
  /** Stops the agent when the caller begins with it. */
  readonly objections: readonly string[];
  /** Sounds that say "I am still thinking". */
  readonly hesitations: readonly string[];
  /** Words at the beginning that add nothing to a request, besides hesitations. */
  readonly leadingPadding: readonly string[];
  /** A phrase never ends with these, not even before a full stop: recognisers set one at every pause. */
  readonly unfinishedEndings: readonly string[];
  /** More follows, unless a full stop or a question says otherwise. */
  readonly weakEndings: readonly string[];
  /** Mostly more follows, even after a full stop: a preposition without its noun, "he said", a verb without its object. */
  readonly danglingEndings: readonly string[];
  /** The same by its form: "when will it", "我为什么". */
  readonly danglingForms: readonly RegExp[];
  /** Announces what comes next when it is all that was said: "nombor saya". */
  readonly leadIns: readonly string[];
  /** Whole answers, however short. */
  readonly shortAnswers: readonly string[];
  /** A question by its form, for text without marks. */
  readonly questions: readonly RegExp[];
  /** A question too, unless one of the {@link weakEndings} says that it goes on. */
  readonly longQuestions: readonly RegExp[];
  /** Little words after an answer or a nod that only colour it: "boleh lah". */
  readonly particles: readonly string[];
  /** Digits as they are read out, each with its one figure. */
  readonly digits: Readonly<Record<string, string>>;
  /** Other small numbers as words. */
  readonly numbers: Readonly<Record<string, string>>;
  /** A digit after one of these is part of an amount. */
  readonly places: readonly string[];
  /** "double" and the like: how often the next digit counts. */
  readonly repeats: Readonly<Record<string, number>>;
  readonly phrases: StockPhrases;
  readonly robotQuestions: readonly RegExp[];
  readonly machinePhrases: Readonly<Record<MachineKind, readonly RegExp[]>>;
}

export type Lexicons = Readonly<Record<Language, Lexicon>>;

/** A list of phrases written with commas between them. */
export function phraseList(text: string): readonly string[] {
  return text.split(',').map((phrase) => phrase.trim());
}
