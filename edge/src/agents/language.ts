/** Languages of an agent, and what it says in each of them. */

import { z } from 'zod';

/** A language and a country, BCP 47 `xx-XX`, as Azure Speech names its locales. */
export const languageSchema = z
  .string()
  .regex(/^[a-z]{2,3}-[A-Z]{2}$/, 'must be a language and a country, such as en-US or ms-MY')
  .meta({ description: 'Language and country, BCP 47', example: 'ms-MY' });

/** Text of any language, or one text for each language by its name. */
export type Spoken = string | Readonly<Record<string, string>>;

/** Schema of `Spoken` with texts of `charsMin` to `charsMax` characters. */
export function spokenSchema(charsMin: number, charsMax: number) {
  const text = z.string().trim().min(charsMin).max(charsMax);
  return z
    .union([text, z.record(languageSchema, text)])
    .meta({ description: 'Text, or a text for each language such as {"en-US": …, "ms-MY": …}' });
}

/** What is said in `language`: its own text, else the one of `defaultLanguage`. */
export function spokenIn(spoken: Spoken, language: string, defaultLanguage: string): string {
  if (typeof spoken === 'string') return spoken;
  return spoken[language] ?? spoken[defaultLanguage] ?? '';
}

/** `ms` of `ms-MY`: what the model of a voice calls a language. */
export function baseOf(language: string): string {
  return language.slice(0, language.indexOf('-'));
}
