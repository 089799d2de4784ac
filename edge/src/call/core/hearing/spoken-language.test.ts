import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SttOptions } from '../settings.ts';
import { SpokenLanguage } from './spoken-language.ts';

const OPTIONS: SttOptions = {
  languages: ['ms-MY', 'en-SG', 'zh-CN'],
  isIdentifying: true,
  endpoints: 1,
  rotateMs: 60_000,
  finalSilenceMs: 0,
};

const fresh = (options: Partial<SttOptions> = {}): SpokenLanguage =>
  new SpokenLanguage({ ...OPTIONS, ...options });

describe("the caller's language", () => {
  it('is the first one while nothing is known, and all are listened for', () => {
    const spoken = fresh();
    expect([spoken.locale, spoken.language]).toEqual(['ms-MY', 'ms']);
    expect(spoken.languages).toEqual(OPTIONS.languages);
  });

  it.each([
    ['where there is no other', { languages: ['zh-CN'] }, 'zh-CN'],
    ['where nobody is to tell them apart', { isIdentifying: false }, 'ms-MY'],
    ['where none is configured', { languages: [], isIdentifying: true }, 'en-US'],
  ])('is settled %s', (_, options, locale) => {
    const spoken = fresh(options);
    expect(spoken.learn('what time do you open', 'en-US')).toBe(false);
    expect(spoken.locale).toBe(locale);
  });

  it('is spoken as soon as it is heard, and settled after three words', () => {
    const spoken = fresh();
    expect(spoken.learn('Hello.', 'en-US')).toBe(false);
    expect([spoken.locale, spoken.languages.length]).toEqual(['en-SG', 3]);
    expect(spoken.learn('Good morning.', 'en-GB')).toBe(true);
    expect([spoken.locale, spoken.languages]).toEqual(['en-SG', ['en-SG']]);
    expect(spoken.learn('saya nak tanya satu soalan', 'ms-MY')).toBe(false);
    expect(spoken.language).toBe('en');
  });

  it('is the one of which more was heard', () => {
    const spoken = fresh();
    spoken.learn('Hello.', 'en-SG');
    spoken.learn('你好你好', 'zh-TW');
    expect(spoken.locale).toBe('zh-CN');
  });

  it('is not learnt from a language that is not configured, or from none', () => {
    const spoken = fresh({ languages: ['ms-MY', 'zh-CN'] });
    expect(spoken.learn('what time do you open', 'en-US')).toBe(false);
    expect(spoken.learn('what time do you open', undefined)).toBe(false);
    expect(spoken.locale).toBe('ms-MY');
  });

  it.each([
    ['zh', 'zh-CN'],
    ['zh-HK', 'zh-CN'],
    ['en', 'en-SG'],
    ['English', 'en-SG'],
    ['en_GB', 'en-SG'],
  ])('is changed to %s when the model asks for it', (wanted, locale) => {
    const spoken = fresh();
    expect(spoken.pin(wanted)).toBe(true);
    expect([spoken.locale, spoken.languages]).toEqual([locale, [locale]]);
  });

  it.each(['xx', '', 'Klingon', 'end', 'enormous'])('is not changed to %j', (wanted) => {
    const spoken = fresh();
    expect(spoken.pin(wanted)).toBe(false);
    expect(spoken.locale).toBe('ms-MY');
  });

  it('is one that is configured, whatever is heard and asked for', () => {
    const heard = fc.array(
      fc.tuple(fc.string(), fc.oneof(fc.string(), fc.constantFrom('en-US', 'zh-TW'))),
    );
    fc.assert(
      fc.property(heard, fc.string(), (all, wanted) => {
        const spoken = fresh();
        for (const [text, locale] of all) spoken.learn(text, locale);
        spoken.pin(wanted);
        expect(OPTIONS.languages).toContain(spoken.locale);
        for (const each of spoken.languages) expect(OPTIONS.languages).toContain(each);
      }),
    );
  });
});
