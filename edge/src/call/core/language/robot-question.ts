import { LANGUAGES } from './language.ts';
import { LEXICONS } from './lexicons.ts';
import { normalOf } from './words.ts';

/** A question is looked for in the end of the text: a caller may have said much before it. */
const CHARS_MAX = 400;

const PATTERNS = LANGUAGES.flatMap((language) => LEXICONS[language].robotQuestions);

/** Whether the caller asks if a machine is speaking: "are you a robot", "awak ni robot ke", "你是真人吗". */
export function isRobotQuestion(text: string): boolean {
  const normal = normalOf(text.slice(-CHARS_MAX));
  return PATTERNS.some((pattern) => pattern.test(normal));
}
