import { expect, test } from 'vitest';
import { outageAt, type Outage } from './outage.ts';

const MODELS: Outage = { provider: 'model', code: 'LLM_BROKEN', fromMs: 1000, untilMs: 2000 };
const SOCKET: Outage = {
  provider: 'voice',
  code: 'TTS_BROKEN',
  fromMs: 0,
  untilMs: 500,
  only: 'socket',
};

test.each([
  ['model', 'any', 999, undefined],
  ['model', 'any', 1000, MODELS],
  ['model', 'any', 1999, MODELS],
  ['model', 'any', 2000, undefined],
  ['voice', 'socket', 100, SOCKET],
  ['voice', 'http', 100, undefined],
  ['recognition', '', 1500, undefined],
] as const)('%s %s at %i ms', (provider, name, ms, outage) => {
  expect(outageAt([MODELS, SOCKET], provider, name, ms)).toBe(outage);
});
