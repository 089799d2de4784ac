import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Conversation, SETTINGS, type Answer, type VoiceManners } from './conversation.ts';

const answers = fc.array(
  fc.record<Answer>(
    {
      text: fc.constantFrom(
        '',
        'Yes.',
        'We are open from nine to six, every day but Sunday.',
        '你好，请稍等。',
        '...',
      ),
      firstTokenMs: fc.integer({ min: 0, max: 4000 }),
      tokenMs: fc.integer({ min: 0, max: 400 }),
      endCall: fc.boolean(),
      failsAfter: fc.record({
        tokens: fc.nat(5),
        code: fc.constantFrom('LLM_UNAVAILABLE', 'LLM_BROKEN', 'LLM_AUTH'),
      }),
      stallsAfter: fc.nat(5),
      ignoresAbort: fc.boolean(),
    },
    { requiredKeys: ['text'] },
  ),
  { maxLength: 8 },
);

const voice = fc.record<VoiceManners>(
  {
    firstAudioMs: fc.integer({ min: 0, max: 2500 }),
    socketFails: fc.constantFrom('TTS_UNAVAILABLE', 'TTS_QUOTA'),
    httpFails: fc.constantFrom('TTS_UNAVAILABLE'),
    isSilent: fc.boolean(),
    isUnaligned: fc.boolean(),
    saysDone: fc.boolean(),
  },
  { requiredKeys: ['firstAudioMs'] },
);

type Step = (call: Conversation) => void;

const steps = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 3000 }),
    fc.oneof(
      fc.constantFrom('hello', 'when do you open', 'a table for two please').map(
        (text): Step =>
          (call) =>
            void call.say(text),
      ),
      fc.integer({ min: 20, max: 3000 }).map(
        (ms): Step =>
          (call) =>
            call.noise(ms),
      ),
      fc.constantFrom('1', '#').map(
        (digit): Step =>
          (call) =>
            call.feed({ kind: 'dtmf', digit }),
      ),
      voice.map((manners): Step => (call) => {
        call.voice = manners;
      }),
      fc.integer({ min: 0, max: 3000 }).map((delayMs): Step => (call) => {
        call.stt = { delayMs };
      }),
      fc.constantFrom('STT_UNAVAILABLE', 'STT_AUTH').map(
        (code): Step =>
          (call) =>
            call.sttFails(code),
      ),
      fc.constant<Step>((call) => call.feed({ kind: 'mark', name: '0:1:5' })),
      fc.boolean().map((loses): Step => (call) => {
        call.losesMarks = loses;
      }),
    ),
  ),
  { maxLength: 20 },
);

const isLatin = (text: string): boolean => /^[\u0020-\u007f]*$/u.test(text);

const timings = { ...SETTINGS.timings, callMsMax: 60_000 };

describe('a call in which anything happens', () => {
  it('never breaks, keeps to what was heard, and ends', () => {
    fc.assert(
      fc.property(answers, steps, fc.boolean(), (script, actions, isPatchcord) => {
        const call = new Conversation(script, { ...SETTINGS, timings }, isPatchcord).start();
        for (const [afterMs, act] of actions) {
          call.run(afterMs);
          act(call);
        }
        // The caller is silent now: two reprompts and a goodbye, or whatever else ends a call.
        call.losesMarks = false;
        call.run(timings.callMsMax);
        expect(call.session.state).toBe('ended');
        expect(call.closed).toBeDefined();
        expect(call.session.poll(call.now)).toEqual({ kind: 'idle', wakeAt: undefined });
        expect(call.call?.endedAt).toBeDefined();
        for (const { agent, heard, errors, falseAlarms } of call.turns.values()) {
          expect(agent.startsWith(heard)).toBe(true);
          // A turn that was voiced twice over may repeat a word, and so does one that goes on after a pause on Twilio;
          // codes of Chinese do not fit into a byte.
          const isOnce = errors.length === 0 && (isPatchcord || falseAlarms === 0);
          if (isOnce && isLatin(heard)) expect(call.heard).toContain(heard);
        }
        // What the model was told alternates, and is nothing but what was heard or said.
        for (const messages of call.requests) {
          const roles = messages.slice(1).map(({ role }) => role);
          expect(roles.every((role, i) => role !== roles[i - 1])).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
