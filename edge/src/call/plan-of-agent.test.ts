import { describe, expect, it } from 'vitest';
import { agentOfVariables } from '../agents/agent-of-variables.ts';
import { agentSchema } from '../agents/agent.ts';
import { parseEnv, type Env } from '../env.ts';
import type { CallPlan } from './plan.ts';
import { planOfAgent, type PlanContext } from './plan-of-agent.ts';

/** 23 November 2026, 04:46 in Kuala Lumpur. */
const STARTED_AT = Date.UTC(2026, 10, 22, 20, 46);

function envOf(variables: Readonly<Record<string, string>> = {}): Env {
  const parsed = parseEnv({ AUTH_TOKEN: 'sesame', ...variables });
  if (!parsed.isValid) throw new Error(JSON.stringify(parsed.problems));
  return parsed.env;
}

function contextOf(change: Partial<PlanContext> = {}): PlanContext {
  return {
    env: envOf(),
    parameters: {},
    startedAt: STARTED_AT,
    secret: () => undefined,
    ...change,
  };
}

function planOf(agent: object, change: Partial<PlanContext> = {}): CallPlan {
  const parsed = agentSchema.parse({ name: 'test', instructions: 'Be kind.', ...agent });
  return planOfAgent(parsed, contextOf(change));
}

describe('the agent of the variables', () => {
  it('is an agent of the database with nothing but instructions, where none is set', () => {
    const env = envOf();
    const ofVariables = planOfAgent(agentOfVariables(env), contextOf({ env }));
    const ofDatabase = planOf({
      instructions: env.AGENT_INSTRUCTIONS,
      voicemail: { mode: 'ignore' },
    });
    expect(ofVariables).toEqual(ofDatabase);
  });

  it('has what each variable says', () => {
    const env = envOf({
      AGENT_INSTRUCTIONS: 'Speak up.',
      AGENT_LANGUAGE: 'ms-MY',
      AGENT_MODEL: 'a',
      AGENT_HEDGE_MODELS: 'b, b2',
      AGENT_HEDGE_MS: '50',
      AGENT_FALLBACK_MODELS: 'c, d',
      AGENT_VOICE: 'v1',
      AGENT_FALLBACK_VOICES: 'v2',
      AGENT_VOICE_MODEL: 'm1',
      AGENT_GREETING: '',
      AGENT_APOLOGY: 'Sorry.',
      AGENT_END_OF_TURN_MS: '4000',
      AGENT_BARGE_IN_MS: '500',
      AGENT_OPENER_MS: '901',
      AGENT_FILLER_MS: '902',
      AGENT_REPROMPT_MS: '1903',
      AGENT_REPROMPTS_MAX: '7',
      AGENT_CALL_MS_MAX: '10904',
      AGENT_LLM_TIMEOUT_MS: '905',
      AGENT_TTS_TIMEOUT_MS: '906',
    });
    const { settings, voices } = planOfAgent(agentOfVariables(env), contextOf({ env }));
    expect(settings).toMatchObject({
      stt: { languages: ['ms-MY'], isIdentifying: false },
      models: { primary: 'a', hedges: ['b', 'b2'], hedgeAfterMs: 50, fallbacks: ['c', 'd'] },
      phrases: { ms: { greeting: '', apology: 'Sorry.' } },
      endpointing: { minMs: 4000 },
      interruption: { pauseAfterMs: 500 },
      limits: { repromptsMax: 7 },
      timings: {
        openerAfterMs: 901,
        fillerAfterMs: 902,
        repromptMs: 1903,
        callMsMax: 10_904,
        llmFirstTokenMsMax: 905,
        llmMsMax: 1810,
        ttsFirstAudioMsMax: 906,
      },
    });
    expect(settings.instructions.startsWith('Speak up.\n')).toBe(true);
    expect(settings.phrases['ms']?.goodbye).toContain('Terima kasih');
    expect(voices.map(({ voiceId, modelId }) => [voiceId, modelId])).toEqual([
      ['v1', 'm1'],
      ['v2', 'm1'],
    ]);
  });
});

describe('the plan of an agent', () => {
  it('has every setting of the agent that a call runs on', () => {
    const plan = planOf({
      languages: ['en-US', 'zh-CN'],
      voice: {
        voiceId: 'v',
        model: 'm',
        languages: { 'zh-CN': { voiceId: 'z', model: 'n' } },
        fallbackVoiceIds: ['w'],
      },
      models: {
        primary: 'p',
        hedges: ['h'],
        hedgeAfterMs: 300,
        fallbacks: ['f'],
        temperature: 0.5,
        maxTokens: 99,
      },
      limits: { callMsMax: 60_000, repromptMs: 2000, repromptsMax: 1, agentCharsMax: 500 },
      endpointing: { minMs: 600, maxMs: 900, gate: true, isAdaptive: false },
      interruption: { isAllowed: false, pauseAfterMs: 200, minWords: 3, protectedGreetingMs: 50 },
      speculation: { isOn: false, triesMax: 1 },
      stt: { phraseList: ['Damai'], segmentationSilenceMs: 400, languageMode: 'identify' },
      transferTargets: [
        { name: 'desk', description: 'Bills', extension: '201' },
        { name: 'nurse', description: 'Pain', number: '+60312345678', kind: 'warm' },
        { name: 'far', description: 'Far', sip: 'sip:a@b.example' },
      ],
      voicemail: { mode: 'leave-message', message: 'Call us.' },
    });
    expect(plan.llm).toMatchObject({ tokensMax: 99, temperature: 0.5 });
    expect(plan.stt).toMatchObject({ segmentationSilenceMs: 400, phraseList: ['Damai'] });
    expect(plan.voices).toEqual([
      { voiceId: 'v', modelId: 'm', languages: { zh: { voiceId: 'z', modelId: 'n' } } },
      { voiceId: 'w', modelId: 'm', languages: { zh: { modelId: 'n' } } },
    ]);
    expect(plan.settings).toMatchObject({
      voices: 2,
      stt: { languages: ['en-US', 'zh-CN'], isIdentifying: true, endpoints: 1 },
      models: { primary: 'p', hedges: ['h'], hedgeAfterMs: 300, fallbacks: ['f'] },
      timings: { callMsMax: 60_000, repromptMs: 2000 },
      limits: { repromptsMax: 1, agentCharsMax: 500 },
      endpointing: { minMs: 600, maxMs: 900, hasGate: true, isAdaptive: false },
      interruption: { isAllowed: false, pauseAfterMs: 200, wordsMin: 3, greetingProtectedMs: 50 },
      speculation: { isOn: false, triesMax: 1 },
      voicemail: { mode: 'leave-message' },
      phrases: { en: { voicemail: 'Call us.' }, zh: { voicemail: 'Call us.' } },
      transferTargets: [
        { name: 'desk', target: '201', manner: 'cold' },
        { name: 'nurse', target: '+60312345678', manner: 'warm' },
        { name: 'far', target: 'sip:a@b.example', manner: 'cold' },
      ],
    });
    // Who speaks two languages can change between them.
    expect(plan.settings.tools.map(({ name }) => name)).toContain('set_language');
    expect(plan.llm.tools.map(({ name }) => name)).toContain('set_language');
  });

  it('fills variables from the stream, then from their defaults, and what every call has', () => {
    const { settings } = planOf(
      {
        instructions:
          'A {{a}} B {{b}} C {{c}}. {{date}}, {{time}}: {{callerNumber}} {{calledNumber}} {{direction}}',
        variables: { a: { default: 'one' }, b: { default: 'two' }, c: {} },
        greeting: 'Hi {{b}}',
      },
      { parameters: { b: '{{a}}', d: 'x', From: '+6012', To: '+603', Direction: 'inbound' } },
    );
    expect(settings.instructions.split('\n')[0]).toBe(
      'A one B {{a}} C . Monday 23 November 2026, 04:46: +6012 +603 inbound',
    );
    expect(settings.phrases['en']?.greeting).toBe('Hi {{a}}');
  });

  it('knows the time of its own time zone', () => {
    const { settings } = planOf({ instructions: '{{now}}', timeZone: 'America/New_York' });
    expect(settings.instructions.split('\n')[0]).toBe('Sunday 22 November 2026, 15:46');
  });

  it('tells the model of the telephone it is on', () => {
    const { instructions } = planOf(
      {
        tools: [
          { kind: 'builtin', name: 'transfer', description: 'To a human.' },
          {
            kind: 'http',
            name: 'find',
            description: 'Finds slots.\nMore.',
            url: 'https://x.example',
          },
        ],
        transferTargets: [{ name: 'desk', description: 'Bills', extension: '201' }],
      },
      { parameters: { From: '+6012' } },
    ).settings;
    for (const line of [
      '- It began on Monday 23 November 2026, 04:46 (Asia/Kuala_Lumpur).',
      '- It is from +6012.',
      '- transfer: To a human.',
      '- find: Finds slots.',
      '- desk: Bills',
    ]) {
      expect(instructions.split('\n')).toContain(line);
    }
    expect(instructions).toContain(
      'whether you are a robot, a machine or a person, tell the truth',
    );
    expect(instructions).toContain('may have been spoken for you');
  });

  it('keeps the voice of what is always said, not of what is said to one caller', () => {
    const plan = planOf(
      {
        variables: { who: {}, shop: { default: 'Damai' } },
        greeting: 'Is this {{who}}?',
        phrases: { goodbye: 'Bye from {{shop}}' },
      },
      { parameters: { who: 'Siti' } },
    );
    const phrases = plan.settings.phrases['en'];
    expect(phrases?.greeting).toBe('Is this Siti?');
    expect(plan.fixedPhrases.has(phrases?.greeting ?? '')).toBe(false);
    expect(plan.fixedPhrases.has(phrases?.goodbye ?? '')).toBe(true);
    expect(plan.fixedPhrases.has(phrases?.apology ?? '')).toBe(true);
  });

  it('puts values into URLs and headers where they stay in their place', () => {
    const { tools } = planOf(
      {
        variables: { id: {}, up: {} },
        tools: [
          {
            kind: 'http',
            name: 'find',
            description: 'Finds',
            url: 'https://x.example/a/{{up}}/{{id}}?q={{id}}',
            headers: { Authorization: 'Bearer {{secret.KEY}}', 'X-Id': '{{id}}' },
          },
          { kind: 'mcp', name: 'crm', url: 'https://y.example/mcp', allow: ['one'] },
        ],
      },
      {
        parameters: { id: 'a/b?c&d\r\né', up: '..' },
        secret: (name) => (name === 'KEY' ? 'sesame' : undefined),
      },
    );
    expect(tools.http).toMatchObject([
      {
        url: 'https://x.example/a//a%2Fb%3Fc%26d%0D%0A%C3%A9?q=a%2Fb%3Fc%26d%0D%0A%C3%A9',
        headers: { Authorization: 'Bearer sesame', 'X-Id': 'a/b?c&d???' },
      },
    ]);
    expect(tools.mcp).toMatchObject([
      { name: 'crm', url: 'https://y.example/mcp', allow: ['one'] },
    ]);
  });

  it.each([
    [{}, ['wss://southeastasia.stt.speech.microsoft.com/stt/speech/universal/v2 k1']],
    [
      { AZURE_SPEECH_FALLBACK_REGION: 'eastasia', AZURE_SPEECH_FALLBACK_KEY: 'k2' },
      [
        'wss://southeastasia.stt.speech.microsoft.com/stt/speech/universal/v2 k1',
        'wss://eastasia.stt.speech.microsoft.com/stt/speech/universal/v2 k2',
      ],
    ],
    [
      {
        AZURE_SPEECH_URL: 'wss://one.example',
        AZURE_SPEECH_FALLBACK_URL: 'wss://two.example/x',
        AZURE_SPEECH_FALLBACK_KEY: 'k2',
      },
      ['wss://one.example/stt/speech/universal/v2 k1', 'wss://two.example/x k2'],
    ],
  ])('recognises speech in one region, and in another where there is one: %o', (more, expected) => {
    const { stt, settings } = planOf({}, { env: envOf({ AZURE_SPEECH_KEY: 'k1', ...more }) });
    expect(stt.endpoints.map(({ url, key }) => `${url.href} ${key}`)).toEqual(expected);
    expect(settings.stt.endpoints).toBe(expected.length);
  });
});

describe('a call that comes back from a transfer', () => {
  const returned = {
    outcome: 'busy',
    transcript: ['Caller: the boss, please', 'You: One moment.'],
  } as const;
  const agent = {
    languages: ['en-US', 'ms-MY'],
    greeting: 'Hello!',
    voicemail: { mode: 'hang-up' },
  };

  it('begins with words for that, and the model knows what was said', () => {
    const { settings } = planOf(agent, { returned });
    expect(settings.phrases['en']?.greeting).toMatch(/nobody could take your call/u);
    expect(settings.phrases['ms']?.greeting).toMatch(/^Maaf/u);
    expect(settings.instructions).toContain('nobody took the call (busy)');
    expect(settings.instructions).toContain('- Caller: the boss, please\n- You: One moment.');
    expect(settings.voicemail.mode).toBe('ignore');
  });

  it('has the words of its agent, where there are some', () => {
    const phrases = { notConnected: 'Nobody is there.' };
    const { settings } = planOf({ ...agent, phrases }, { returned });
    expect(settings.phrases['en']?.greeting).toBe('Nobody is there.');
    expect(planOf({ ...agent, phrases }).settings.phrases['en']?.greeting).toBe('Hello!');
  });
});

describe('keys', () => {
  it('are no tool where nobody can press them; an endpoint of that name is one', () => {
    const keys = { tools: [{ kind: 'builtin', name: 'send_digits' }] };
    const endpoint = {
      tools: [{ kind: 'http', name: 'send_digits', description: 'x', url: 'https://a.example/' }],
    };
    const namesOf = (tools: object, canPressKeys: boolean): string[] =>
      planOf(tools, { canPressKeys }).settings.tools.map(({ name }) => name);
    expect(namesOf(keys, true)).toEqual(['send_digits']);
    expect(namesOf(keys, false)).toEqual([]);
    expect(namesOf(endpoint, false)).toEqual(['send_digits']);
  });
});
