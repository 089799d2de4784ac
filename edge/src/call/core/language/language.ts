/** The languages a conversation is held in. */
export type Language = 'en' | 'ms' | 'zh';

export const LANGUAGES: readonly Language[] = ['en', 'ms', 'zh'];

const MALAY: ReadonlySet<string> = new Set(['ms', 'msa', 'may', 'zsm', 'id', 'ind', 'in']);
const MANDARIN: ReadonlySet<string> = new Set(['zh', 'zho', 'chi', 'cmn', 'yue', 'nan']);

/**
 * The language of a BCP-47 locale such as `ms-MY` or `zh_CN`, whatever its case.
 *
 * Indonesian counts as Malay and all Chinese as Mandarin: the words of a phone call are near enough. All else is English.
 */
export function languageOf(locale: string): Language {
  const primary = locale.trim().toLowerCase().split(/[-_]/u, 1)[0] ?? '';
  if (MALAY.has(primary)) return 'ms';
  return MANDARIN.has(primary) ? 'zh' : 'en';
}
