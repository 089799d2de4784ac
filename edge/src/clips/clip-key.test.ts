import { expect, it } from 'vitest';
import { clipKey, clipObjectName, type WantedClip } from './clip-key.ts';

const OPTIONS = {
  apiKey: 'a key',
  url: 'https://voice.example',
  voiceId: 'v',
  modelId: 'm',
  languageCode: 'en',
};
const WANTED: WantedClip = { text: 'Hello!', options: OPTIONS };

it('is another one wherever the sound is', async () => {
  const rows: WantedClip[] = [
    WANTED,
    { ...WANTED, text: 'Hello' },
    { ...WANTED, options: { ...OPTIONS, url: 'https://other.example' } },
    { ...WANTED, options: { ...OPTIONS, voiceId: 'v2' } },
    { ...WANTED, options: { ...OPTIONS, modelId: 'm2' } },
    { ...WANTED, options: { ...OPTIONS, languageCode: 'ms' } },
    { text: '","', options: OPTIONS },
  ];
  const names = await Promise.all(rows.map((row) => clipObjectName(clipKey(row))));
  expect(new Set(names).size).toBe(rows.length);
});

it('is the same with another key of the account, and tells nobody the text', async () => {
  const name = await clipObjectName(clipKey(WANTED));
  const other = { ...WANTED, options: { ...OPTIONS, apiKey: 'another' } };
  expect(await clipObjectName(clipKey(other))).toBe(name);
  expect(name).toMatch(/^clips\/v1\/[0-9a-f]{64}$/u);
});
