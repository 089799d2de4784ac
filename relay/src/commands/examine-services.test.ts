import { expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { examineData, examineOutbound, examineVoice } from './examine-services.ts';

function config(changes: Readonly<Record<string, string>> = {}) {
  return parseConfig({
    ARI_USERNAME: 'relay',
    ARI_PASSWORD: 'relay',
    STREAM_URL: 'wss://handler.example/media',
    ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    AUTH_TOKEN: '0123456789abcdef',
    ...changes,
  });
}

test.each([
  ['/tmp', true, 'is writable'],
  ['/tmp/not-there/nor/there', true, 'can be made'],
  ['/dev/null/patchcord', false, 'ENOTDIR'],
])('data in %s: %s', async (DATA_DIRECTORY, isGood, detail) => {
  const finding = await examineData(config({ DATA_DIRECTORY }));
  expect(finding.isGood).toBe(isGood);
  expect(finding.detail).toMatch(detail);
  expect(finding.fix === undefined).toBe(isGood);
});

test.each([
  ['none is good too', {}, true, 'passed over'],
  ['a server', { SAY_URL: 'https://voice.example/say' }, true, 'voice.example'],
  ['a program that is there', { SAY_COMMAND: 'sh {text}' }, true, '/sh'],
  ['one with its path', { SAY_COMMAND: '/bin/sh {text}' }, true, '/bin/sh'],
  ['one that is not', { SAY_COMMAND: 'no-such-voice {text}' }, false, 'no-such-voice'],
])('a voice: %s', async (_name, changes, isGood, detail) => {
  const finding = await examineVoice(config(changes));
  expect(finding.isGood).toBe(isGood);
  expect(finding.detail).toContain(detail);
});

test.each([
  ['closed', {}, true, 'closed'],
  [
    'open',
    {
      OUTBOUND_ALLOW: '+60*',
      OUTBOUND_ENDPOINT: 'PJSIP/{number}@trunk',
      OUTBOUND_CALLER_IDS: '+60312345678',
    },
    true,
    'as +60312345678',
  ],
  ['open to nowhere', { OUTBOUND_ALLOW: '+60*' }, false, 'OUTBOUND_ENDPOINT'],
])('calling out: %s', (_name, changes, isGood, detail) => {
  const finding = examineOutbound(config(changes));
  expect(finding.isGood).toBe(isGood);
  expect(finding.detail).toContain(detail);
});
