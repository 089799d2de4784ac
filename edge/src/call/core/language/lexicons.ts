import { ENGLISH } from './english.ts';
import type { Lexicons } from './lexicon.ts';
import { MALAY } from './malay.ts';
import { MANDARIN } from './mandarin.ts';

export const LEXICONS: Lexicons = { en: ENGLISH, ms: MALAY, zh: MANDARIN };
