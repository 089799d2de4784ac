import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INTERRUPTION_DEFAULTS,
  judgeInterruption,
  type InterruptionEvidence,
  type InterruptionOptions,
  type InterruptionVerdict,
} from './interruption.ts';

const SAID = 'We are open from nine to six, every day but Sunday.';
const NOTHING: InterruptionEvidence = {
  speechMs: 0,
  silenceMs: 0,
  unchangedMs: 0,
  words: '',
  said: SAID,
};

const judge = (
  evidence: Partial<InterruptionEvidence>,
  isHolding: boolean,
  options: Partial<InterruptionOptions> = {},
): InterruptionVerdict =>
  judgeInterruption({ ...NOTHING, ...evidence }, isHolding, {
    ...INTERRUPTION_DEFAULTS,
    ...options,
  });

type Case = [
  what: string,
  evidence: Partial<InterruptionEvidence>,
  verdict: InterruptionVerdict,
  options?: Partial<InterruptionOptions>,
];

const SPEAKING: readonly Case[] = [
  ['nothing', {}, 'go-on'],
  ['a click', { speechMs: 40 }, 'go-on'],
  ['the first sound of speech', { speechMs: 60 }, 'hold'],
  ['the same where that is too little', { speechMs: 60 }, 'go-on', { pauseAfterMs: 100 }],
  ['a sound that has been no speech for long', { speechMs: 1500 }, 'go-on'],
  ['words that our own ears have not heard', { words: 'when do you close' }, 'interrupt'],
  ['a stop word', { words: 'stop', speechMs: 200 }, 'interrupt'],
  ['a nod that may go on', { words: 'okay', unchangedMs: 599 }, 'go-on'],
  ['a nod that was all', { words: 'okay', unchangedMs: 600 }, 'disregard'],
  ['its own echo', { words: 'open from nine to six', unchangedMs: 600 }, 'disregard'],
  [
    'a nod of this agent’s callers',
    { words: 'jah', unchangedMs: 600 },
    'disregard',
    { extraNods: ['jah'] },
  ],
  ['hesitation', { words: 'um', unchangedMs: 5000 }, 'go-on'],
  ['one word where two are wanted', { words: 'tomorrow' }, 'go-on', { wordsMin: 2 }],
  ['two words where two are wanted', { words: 'tomorrow morning' }, 'interrupt', { wordsMin: 2 }],
  [
    'anything, where nobody may interrupt',
    { words: 'stop', speechMs: 900 },
    'go-on',
    { isAllowed: false },
  ],
];

describe('while the agent speaks', () => {
  it.each(SPEAKING)('%s', (_, evidence, verdict, options) => {
    expect(judge(evidence, false, options)).toBe(verdict);
  });
});

const HOLDING: readonly Case[] = [
  ['speech without a word yet', { speechMs: 700 }, 'go-on'],
  ['sound that is no speech, it has been too long', { speechMs: 1500 }, 'resume'],
  ['silence in which a word may still come', { silenceMs: 449 }, 'go-on'],
  ['silence after a cough', { silenceMs: 450 }, 'resume'],
  ['two words', { words: 'what about Sunday', speechMs: 400 }, 'interrupt'],
  ['one word that may be misheard, while he speaks', { words: 'tomorrow', speechMs: 899 }, 'go-on'],
  ['one word, and he goes on speaking', { words: 'tomorrow', speechMs: 900 }, 'interrupt'],
  ['one word, and silence that is not long yet', { words: 'tomorrow', silenceMs: 399 }, 'go-on'],
  ['one word, and then nothing', { words: 'tomorrow', silenceMs: 400 }, 'interrupt'],
  ['a stop word, at once', { words: 'wait', speechMs: 100 }, 'interrupt'],
  ['a nod, while he speaks', { words: 'yes yes', speechMs: 1500 }, 'go-on'],
  ['a nod that goes on for ever', { words: 'yes yes', speechMs: 3000 }, 'resume'],
  ['a nod that has just ended', { words: 'okay', silenceMs: 249 }, 'go-on'],
  ['a nod that has ended', { words: 'okay', silenceMs: 250 }, 'resume'],
  ['a hum, which is hardly a word', { words: 'mm-hm', silenceMs: 449 }, 'go-on'],
  ['the same when it has ended', { words: '嗯嗯', silenceMs: 450 }, 'resume'],
  ['a nod in Malay', { words: 'ya ya', silenceMs: 250 }, 'resume'],
  ['a nod in Mandarin', { words: '好的好的', silenceMs: 250 }, 'resume'],
  [
    'a word too few, and then nothing',
    { words: 'tomorrow', silenceMs: 400 },
    'resume',
    { wordsMin: 2 },
  ],
  ['three of the agent’s own words', { words: 'nine to six', silenceMs: 300 }, 'resume'],
];

describe('while the agent holds its breath', () => {
  it.each(HOLDING)('%s', (_, evidence, verdict, options) => {
    expect(judge(evidence, true, options)).toBe(verdict);
  });
});

const evidence = fc.record({
  speechMs: fc.nat({ max: 5000 }),
  silenceMs: fc.nat({ max: 5000 }),
  unchangedMs: fc.nat({ max: 5000 }),
  words: fc.constantFrom(
    '',
    'um',
    'mm-hm',
    'yes',
    'stop',
    'tomorrow',
    'nine to six',
    '嗯',
    '我要星期三',
    'saya nak batal',
  ),
  said: fc.constantFrom('', SAID),
});

it('holds only what is not held, and lets go only what is; nobody is held for ever', () => {
  fc.assert(
    fc.property(evidence, fc.boolean(), (each, isHolding) => {
      const verdict = judge(each, isHolding);
      expect(['go-on', 'interrupt', ...(isHolding ? ['resume'] : ['hold', 'disregard'])]).toContain(
        verdict,
      );
      const end = judge({ ...each, speechMs: 0, silenceMs: 2000 }, true);
      expect(['interrupt', 'resume']).toContain(end);
    }),
  );
});
