import { describe, expect, it } from 'vitest';
import { LANGUAGES, languageOf } from './language.ts';
import { LEXICONS } from './lexicons.ts';

describe('languageOf', () => {
  it.each([
    ['ms-MY', 'ms'],
    ['MS', 'ms'],
    ['id-ID', 'ms'],
    ['zh-CN', 'zh'],
    ['zh_Hans_SG', 'zh'],
    ['yue-HK', 'zh'],
    ['cmn', 'zh'],
    ['en-SG', 'en'],
    ['ta-IN', 'en'],
    ['mst', 'en'],
    ['', 'en'],
  ])('%s is %s', (locale, language) => {
    expect(languageOf(locale)).toBe(language);
  });
});

describe('the lexicons', () => {
  it.each(LANGUAGES)('say something for every occasion in %s', (language) => {
    const { phrases } = LEXICONS[language];
    const { openers, fillers, ...sentences } = phrases;
    for (const sentence of Object.values(sentences)) expect(sentence).toMatch(/[.?。？]$/u);
    expect(openers.length).toBeGreaterThanOrEqual(2);
    expect(openers.length).toBeLessThanOrEqual(6);
    for (const opener of openers) expect(opener).toMatch(/[,，]$/u);
    expect(fillers.length).toBeGreaterThanOrEqual(2);
    // The voice reads figures as it likes: none of our own sentences has any.
    expect(JSON.stringify(phrases)).not.toMatch(/\d/u);
  });

  it.each(LANGUAGES)('have no empty phrase in %s', (language) => {
    const lexicon = LEXICONS[language];
    const lists = [
      lexicon.backchannels,
      lexicon.stopWords,
      lexicon.objections,
      lexicon.hesitations,
      lexicon.leadingPadding,
      lexicon.unfinishedEndings,
      lexicon.weakEndings,
      lexicon.leadIns,
      lexicon.shortAnswers,
    ];
    for (const phrase of lists.flat()) expect(phrase.trim()).not.toBe('');
  });
});
