/**
 * A command as an operator writes it, `espeak-ng --stdout -v {language} {text}`, as the arguments of a program.
 *
 * Split before anything is put in, as a shell would: at blanks, with '…' and "…" around what holds some, and a backslash
 * before a character that is meant itself. Nothing else of a shell is known: no variables, no pipes.
 */

const PLACEHOLDER = /\{(text|language|voice)\}/g;

/** The program and its arguments. Undefined for a template without a program, or with a quote that does not end. */
export function splitCommand(template: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  let isEscaped = false;
  for (const char of template) {
    if (isEscaped) {
      word = (word ?? '') + char;
      isEscaped = false;
    } else if (char === '\\' && quote !== "'") {
      isEscaped = true;
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined || isEscaped) return undefined;
  if (word !== undefined) words.push(word);
  return words.length === 0 || words[0] === '' ? undefined : words;
}

/** Values for the placeholders. Voice and language are known to be harmless, see `say-voice.ts`; the text is not. */
export interface CommandValues {
  readonly text: string;
  readonly language: string;
  readonly voice: string;
}

/**
 * One argument with its placeholders replaced. An argument that would begin with a dash of the text gets a space in front:
 * no program takes it for an option, and no voice says it.
 */
export function fillArgument(argument: string, values: CommandValues): string {
  const filled = argument.replaceAll(PLACEHOLDER, (whole, name) => {
    switch (name) {
      case 'text':
        return values.text;
      case 'language':
        return values.language;
      case 'voice':
        return values.voice;
      default:
        return whole;
    }
  });
  return argument.startsWith('{text}') && filled.startsWith('-') ? ` ${filled}` : filled;
}

/** Whether the text is an argument. If not, the program reads it from its standard input. */
export function takesText(words: readonly string[]): boolean {
  return words.some((word) => word.includes('{text}'));
}
