import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';
import { PHRASES, SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Audit, type Others } from './audit.ts';
import { Conversation } from './conversation.ts';
import type { Answer } from './world/scripted-model.ts';
import { voiceOf, type VoiceManners } from './world/scripted-voice.ts';

const toolCalls = fc.array(
  fc.record({
    // One name for two calls is what some models do.
    id: fc.constantFrom('a', 'b', ''),
    name: fc.constantFrom(
      'look_up',
      'book',
      'note',
      'transfer',
      'end_call',
      'send_digits',
      'set_language',
      'unheard_of',
    ),
    argumentsJson: fc.constantFrom(
      '{}',
      '{"text":"x"}',
      '{"language":"ms"}',
      '{"digits":"1#"}',
      '[',
      '',
    ),
  }),
  { maxLength: 3 },
);

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
      calls: toolCalls,
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
      fc.constant<Step>((call) => call.feed({ kind: 'mark', name: 'turn-99:1' })),
      fc.constant<Step>((call) => call.feed({ kind: 'played', samples: 0, cleared: 0 })),
      fc.constant<Step>((call) => call.stopMedia()),
      fc.constantFrom('en-US', 'ms-MY', 'zh-CN').map((language): Step => (call) => {
        const sttId = call.sttOpened.at(-1)?.sttId ?? 0;
        const where = { startMs: 0, endMs: call.now };
        call.feed({ kind: 'stt-phrase', sttId, text: 'saya nak tempah meja', language, ...where });
      }),
      fc.constantFrom(...Object.values(PHRASES).flat()).map((text): Step => (call) => {
        call.feed({ kind: 'clip', text, mulaw: voiceOf(text) });
      }),
      fc.boolean().map((loses): Step => (call) => {
        call.losesMarks = loses;
      }),
    ),
  ),
  { maxLength: 20 },
);

const isLatin = (text: string): boolean => /^[\u0020-\u007f]*$/u.test(text);

const others = fc.record<Others>({
  toolMs: fc.option(fc.integer({ min: 0, max: 6000 }), { nil: undefined }),
  transfer: fc.constantFrom('answered', 'failed', 'silent'),
});

const timings = { ...SETTINGS.timings, callMsMax: 60_000, fillerAfterMs: 1500 };

const settings = fc
  .record({
    isOn: fc.boolean(),
    hedges: fc.constantFrom<readonly string[]>([], ['other'], ['other', 'third']),
    fallbacks: fc.constantFrom<readonly string[]>([], ['last']),
    hedgeAfterMs: fc.integer({ min: 0, max: 1500 }),
    hasGate: fc.boolean(),
    isIdentifying: fc.boolean(),
    rotateMs: fc.constantFrom(3000, 540_000),
    endpoints: fc.constantFrom(1, 2),
  })
  .map(
    ({ isOn, hedges, fallbacks, hedgeAfterMs, hasGate, isIdentifying, rotateMs, endpoints }) => ({
      ...SETTINGS,
      timings,
      voices: endpoints,
      speculation: { ...SETTINGS.speculation, isOn },
      models: { ...SETTINGS.models, hedges, fallbacks, hedgeAfterMs },
      endpointing: { ...SETTINGS.endpointing, hasGate },
      stt: { ...SETTINGS.stt, languages: ['en-US', 'ms-MY'], isIdentifying, rotateMs, endpoints },
      tools: [
        ...SETTINGS.tools,
        { name: 'send_digits', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
        { name: 'set_language', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
      ],
    }),
  );

interface Plan {
  readonly script: Answer[];
  readonly actions: readonly [number, Step][];
  readonly isPatchcord: boolean;
  readonly settings: SessionSettings;
  readonly others: Others;
  readonly networkMs: number;
}

const plans = fc.record<Plan>({
  script: answers,
  actions: steps,
  isPatchcord: fc.boolean(),
  settings,
  others,
  networkMs: fc.integer({ min: 0, max: 300 }),
});

/** What of it sounds: a full stop is heard with the word before it, or not at all. */
const bare = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '');

function play(plan: Plan): { readonly call: Conversation; readonly audit: Audit } {
  const call = new Conversation(plan.script, plan.settings, plan.isPatchcord);
  const audit = new Audit(call, plan.others);
  call.networkMs = plan.networkMs;
  call.start();
  for (const [afterMs, act] of plan.actions) {
    call.run(afterMs);
    act(call);
  }
  // The caller is silent now: two reprompts and a goodbye, or whatever else ends a call.
  call.losesMarks = false;
  call.run(2 * timings.callMsMax);
  return { call, audit };
}

describe('a call in which anything happens', () => {
  it('never breaks, keeps to what was heard, leaves nothing behind, and ends', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { call, audit } = play(plan);
        expect(call.session.state).toBe('ended');
        expect(call.closed).toBeDefined();
        expect(call.session.poll(call.now)).toEqual({ kind: 'idle', wakeAt: undefined });
        expect(call.call?.endedAt).toBeDefined();
        expect([...audit.open]).toEqual([]);
        expect(audit.late).toEqual([]);
        for (const { agent, heard, errors, falseAlarms } of call.turns.values()) {
          expect(agent.startsWith(heard)).toBe(true);
          // A turn that was voiced twice over may repeat a word, and so does one that goes on after a pause on Twilio;
          // codes of Chinese do not fit into a byte.
          const isOnce = errors.length === 0 && (plan.isPatchcord || falseAlarms === 0);
          if (isOnce && isLatin(heard)) expect(bare(call.heard)).toContain(bare(heard));
        }
        const heardInAll = bare([...call.turns.values()].map(({ heard }) => heard).join(''));
        for (const messages of call.requests) {
          messages.slice(1).forEach(({ role, ...message }, i, all) => {
            const before = messages[i];
            if (role === 'user') expect(before?.role).not.toBe('user');
            const isPlain = role === 'assistant' && !('toolCalls' in message);
            if (!isPlain) return;
            expect(before?.role === 'assistant' && !('toolCalls' in before)).toBe(false);
            // The beginning of an answer that broke off is told as such.
            const isBrokenOff = all[i + 1]?.role === 'system';
            if (!isBrokenOff) expect(heardInAll).toContain(bare(message.content));
          });
        }
      }),
      { numRuns: Number(process.env['CHAOS_RUNS'] ?? 40) },
    );
  }, 600_000);
});
