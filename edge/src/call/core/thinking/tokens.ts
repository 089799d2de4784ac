/** How many tokens a text is, about: four letters or one Chinese character each. For requests nobody gives an account of. */

import { isCjk } from '../language/scripts.ts';

const LETTERS_PER_TOKEN = 4;

export function tokensOf(text: string): number {
  let letters = 0;
  let ideographs = 0;
  for (const char of text) {
    if (isCjk(char)) ideographs++;
    else letters++;
  }
  return ideographs + Math.ceil(letters / LETTERS_PER_TOKEN);
}
