/**
 * Which language the caller speaks: told apart by the recogniser at the beginning, then kept, because a recogniser that
 * knows the language hears it sooner and better. Callers mix languages; one foreign phrase is no change.
 */

import { languageOf, type Language } from '../language/language.ts';
import { countWords } from '../language/words.ts';
import type { SttOptions } from '../settings.ts';

/** So much in one language settles it: a greeting does not. */
const WORDS_MIN = 3;

const ENGLISH = /^\s*en(?:[-_]|glish|\s*$)/iu;

export class SpokenLanguage {
  readonly #options: SttOptions;
  #pinned: string | undefined;
  readonly #words = new Map<string, number>();

  constructor(options: SttOptions) {
    this.#options = options;
    if (options.languages.length < 2 || !options.isIdentifying) this.#pinned = options.languages[0];
  }

  /** What the recogniser is to listen for. BCP 47. */
  get languages(): readonly string[] {
    return this.#pinned === undefined ? this.#options.languages : [this.#pinned];
  }

  /** In which the agent speaks: that of the caller, as far as it is known. BCP 47. */
  get locale(): string {
    return this.#pinned ?? this.#mostSpoken() ?? this.#options.languages[0] ?? 'en-US';
  }

  get language(): Language {
    return languageOf(this.locale);
  }

  /** A phrase in `locale`, as the recogniser says. True when that settles the question. */
  learn(text: string, locale: string | undefined): boolean {
    if (this.#pinned !== undefined || locale === undefined) return false;
    const known = this.#options.languages.find((each) => languageOf(each) === languageOf(locale));
    if (known === undefined) return false;
    const words = (this.#words.get(known) ?? 0) + countWords(text);
    this.#words.set(known, words);
    if (words < WORDS_MIN) return false;
    this.#pinned = known;
    return true;
  }

  /** From now on this one; false for one that is not configured. */
  pin(locale: string): boolean {
    // What is no language we know is not English for that.
    if (languageOf(locale) === 'en' && !ENGLISH.test(locale)) return false;
    const known = this.#options.languages.find((each) => languageOf(each) === languageOf(locale));
    if (known === undefined) return false;
    this.#pinned = known;
    return true;
  }

  #mostSpoken(): string | undefined {
    let most: string | undefined;
    for (const [locale, words] of this.#words) {
      if (most === undefined || words > (this.#words.get(most) ?? 0)) most = locale;
    }
    return most;
  }
}
