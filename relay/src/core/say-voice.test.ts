import fc from 'fast-check';
import { expect, it } from 'vitest';
import { espeakLanguage, espeakVariant, resolveVoice } from './say-voice.ts';

it.each([
  [undefined, undefined, 'man', 'en-US'],
  ['alice', undefined, 'alice', 'en-US'],
  ['woman', 'ms-MY', 'woman', 'ms-MY'],
  ['Polly.Zhiyu', 'cmn-CN', 'Polly.Zhiyu', 'cmn-CN'],
  ['Google.ms-MY-Standard-A', undefined, 'Google.ms-MY-Standard-A', 'ms-MY'],
  ['Google.ms-MY-Standard-A', 'en-GB', 'Google.ms-MY-Standard-A', 'en-GB'],
  ['--help', '-f/etc/passwd', 'man', 'en-US'],
  ['../../etc/passwd', 'en/../../x', 'man', 'en-US'],
  ['', '', 'man', 'en-US'],
])('voice %s and language %s', (voice, language, expectedVoice, expectedLanguage) => {
  expect(resolveVoice(voice, language)).toEqual({
    voice: expectedVoice,
    language: expectedLanguage,
  });
});

it('lets nothing through that a command could misunderstand', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (voice, language) => {
      const resolved = resolveVoice(voice, language);
      expect(resolved.voice).toMatch(/^\w[^/\s]*$/);
      expect(resolved.language).toMatch(/^[a-z0-9-]+$/i);
    }),
  );
});

it.each([
  ['ms-MY', 'ms'],
  ['zh-CN', 'cmn'],
  ['cmn-CN', 'cmn'],
  ['zh-HK', 'yue'],
  ['en-GB', 'en-gb'],
  ['en-US', 'en-us'],
  ['en-MY', 'en-gb'],
  ['ta-IN', 'ta'],
  ['pt-BR', 'pt-br'],
  ['de-DE', 'de'],
])('espeak-ng calls %s %s', (language, expected) => {
  expect(espeakLanguage(language)).toBe(expected);
});

it('espeak-ng has voices of men and women', () => {
  expect(['man', 'woman', 'Polly.Amy'].map(espeakVariant)).toEqual(['m3', 'f2', 'f2']);
});
