/**
 * Who answered, over the synthesised calls the detector was not tuned on. The bounds are what it holds with room to spare; the rates
 * of the day are in docs/measurements/amd.md.
 */

import { describe, expect, test } from 'vitest';
import { requirePackages } from '../rig/requirement.ts';
import { makeCorpus, type Call } from './corpus.ts';
import { judge, quantile, rate } from './measure.ts';

const { available, reason } = await requirePackages('espeak-ng');
const calls = available ? await makeCorpus('held-out', 2) : [];

const isPerson = ({ party }: Call): boolean => party === 'person';
const isMailbox = ({ party }: Call): boolean => party === 'mailbox';
const hasBeep = (call: Call): boolean => isMailbox(call) && call.beepEndMs !== undefined;
const hasNone = (call: Call): boolean => isMailbox(call) && call.beepEndMs === undefined;

describe.skipIf(!available)(`answering-machine detection ${reason ?? ''}`, () => {
  const modes = [
    ['Enable', 'machine_start', 'machine_start'],
    ['DetectMessageEnd', 'machine_end_beep', 'machine_end_silence'],
  ] as const;

  test.each(modes)('%s: people, mailboxes, fax machines, and nobody', (mode, beep, silent) => {
    const outcomes = calls.map((call) => judge(call, mode));
    for (const language of ['en', 'ms', 'cmn'] as const) {
      const inLanguage = outcomes.filter(({ call }) => call.language === language);
      expect([language, inLanguage.length]).toEqual([language, 48]);
      expect(rate(inLanguage, isPerson, 'human')).toBeGreaterThanOrEqual(0.9);
      expect(rate(inLanguage, hasBeep, beep)).toBeGreaterThanOrEqual(0.85);
      expect(rate(inLanguage, hasNone, silent)).toBeGreaterThanOrEqual(0.8);
      // Worse than a wrong kind of machine: a message for a person, or a conversation with a mailbox.
      expect(rate(inLanguage, isMailbox, 'human')).toBeLessThanOrEqual(0.05);
    }
    expect(rate(outcomes, ({ party }) => party === 'fax', 'fax')).toBeGreaterThanOrEqual(0.9);
    expect(rate(outcomes, ({ party }) => party === 'nobody', 'unknown')).toBe(1);
    expect(rate(outcomes, ({ party }) => party === 'ringing', 'none')).toBeGreaterThanOrEqual(0.8);
  });

  test('a person is told from a machine as soon as the end of speech is sure', () => {
    const people = calls.filter(isPerson).map((call) => judge(call, 'Enable'));
    const waits = people
      .filter(({ answeredBy }) => answeredBy === 'human')
      .map(({ call, durationMs }) => durationMs - call.speechEndMs);
    // In the audio's own time: 1200 ms of silence are Twilio's default.
    expect(quantile(waits, 0.9)).toBeLessThanOrEqual(1300);
  });

  test('the end of a beep is known to two frames', () => {
    const beeps = calls.filter(hasBeep).map((call) => judge(call, 'DetectMessageEnd'));
    for (const { call, answeredBy, durationMs } of beeps) {
      if (answeredBy !== 'machine_end_beep') continue;
      expect(Math.abs(durationMs - (call.beepEndMs ?? 0))).toBeLessThanOrEqual(40);
    }
  });

  test('the same seed gives the same calls', async () => {
    for (const { name, mulaw } of await makeCorpus('held-out', 2, 2)) {
      const before = calls.find((call) => call.name === name);
      expect([name, Buffer.from(mulaw).equals(before?.mulaw ?? new Uint8Array(0))]).toEqual([
        name,
        true,
      ]);
    }
  });
});
