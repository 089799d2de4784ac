import { describe, expect, it } from 'vitest';
import { parseEnv } from '../env.ts';
import { agentSchema, type Agent } from './agent.ts';
import { fieldProblems } from './field-problem.ts';
import { phrasesOf } from './phrases.ts';

const LEAST = { name: 'least', instructions: 'Be kind.' };

function agentOf(change: Readonly<Record<string, unknown>>): Agent {
  return agentSchema.parse({ ...LEAST, ...change });
}

describe('an agent with a name and instructions', () => {
  it('has a default for everything else', () => {
    expect(agentSchema.parse(LEAST)).toEqual({
      ...LEAST,
      variables: {},
      languages: ['en-US'],
      voice: {
        provider: 'elevenlabs',
        voiceId: '21m00Tcm4TlvDq8ikWAM',
        model: 'eleven_flash_v2_5',
        languages: {},
        fallbackVoiceIds: [],
      },
      models: { primary: 'openai/gpt-4.1-mini', fallbacks: [], maxTokens: 1024 },
      phrases: {},
      tools: [{ kind: 'builtin', name: 'end_call' }],
      limits: {
        callMsMax: 1_800_000,
        repromptMs: 10_000,
        repromptsMax: 2,
        turnsMax: 300,
        agentCharsMax: 3000,
      },
      endpointing: { minMs: 500, maxMs: 3000, gate: false, isAdaptive: false },
      interruption: {
        isAllowed: true,
        pauseAfterMs: 280,
        minWords: 0,
        protectedGreetingMs: 0,
        backchannels: { extra: [] },
      },
      speculation: { isOn: true, triesMax: 2 },
      stt: { phraseList: [], segmentationSilenceMs: 300, languageMode: 'fixed' },
      transferTargets: [],
      recording: { isOn: false, consent: 'none' },
      voicemail: { mode: 'hang-up' },
      extraction: { summary: false },
      redact: false,
    });
  });

  it('is the same once its defaults are written out', () => {
    const agent = agentSchema.parse(LEAST);
    expect(agentSchema.parse(JSON.parse(JSON.stringify(agent)))).toEqual(agent);
  });

  it('answers as the variables of the Worker do when none is set', () => {
    const parsed = parseEnv({ AUTH_TOKEN: 'sesame' });
    if (!parsed.isValid) throw new Error('the variables are not valid');
    const { env } = parsed;
    const agent = agentSchema.parse(LEAST);
    expect([agent.voice.voiceId, agent.voice.model]).toEqual([
      env.AGENT_VOICE,
      env.AGENT_VOICE_MODEL,
    ]);
    expect([agent.models.primary, agent.languages]).toEqual([
      env.AGENT_MODEL,
      [env.AGENT_LANGUAGE],
    ]);
    expect(agent.endpointing.minMs).toBe(env.AGENT_END_OF_TURN_MS);
    expect(agent.interruption.pauseAfterMs).toBe(env.AGENT_BARGE_IN_MS);
    expect(agent.limits).toMatchObject({
      callMsMax: env.AGENT_CALL_MS_MAX,
      repromptMs: env.AGENT_REPROMPT_MS,
      repromptsMax: env.AGENT_REPROMPTS_MAX,
    });
    expect(phrasesOf(agent, 'en-US')).toMatchObject({
      greeting: env.AGENT_GREETING,
      apology: env.AGENT_APOLOGY,
      notUnderstood: env.AGENT_NOT_UNDERSTOOD,
      reprompt: env.AGENT_REPROMPT,
      goodbye: env.AGENT_GOODBYE,
      timeLimit: env.AGENT_TIME_LIMIT,
      failure: env.AGENT_FAILURE,
    });
  });
});

describe('what an agent says', () => {
  const agent = agentOf({
    languages: ['en-US', 'ms-MY', 'ta-IN'],
    greeting: { 'en-US': 'Hi', 'ms-MY': 'Helo' },
    phrases: { reprompt: '', openers: ['Well', { 'en-US': 'Now', 'ms-MY': 'Baik' }] },
  });

  it('is its own in that language, else its own in the first', () => {
    expect(phrasesOf(agent, 'ms-MY')).toMatchObject({
      greeting: 'Helo',
      openers: ['Well', 'Baik'],
    });
    expect(phrasesOf(agent, 'ta-IN')).toMatchObject({ greeting: 'Hi', openers: ['Well', 'Now'] });
  });

  it('is what is built in for that language, else English', () => {
    expect(phrasesOf(agent, 'ms-MY').goodbye).toContain('Terima kasih');
    expect(phrasesOf(agent, 'zh-CN').goodbye).toContain('再见');
    expect(phrasesOf(agent, 'ta-IN').goodbye).toContain('Goodbye');
  });

  it('may be nothing', () => {
    expect(phrasesOf(agent, 'en-US').reprompt).toBe('');
  });
});

describe('what is wrong is said in a sentence', () => {
  it.each([
    [{ name: undefined }, 'name', 'is required'],
    [{ redact: 'no' }, 'redact', 'must be true or false'],
    [{ greeting: 5 }, 'greeting', 'must be text, or an object'],
    [{ languages: [] }, 'languages', 'must have at least 1 entry'],
    [{ instructions: '' }, 'instructions', 'must have at least 1 character'],
    [{ limits: { repromptsMax: 21 } }, 'limits.repromptsMax', 'must be at most 20'],
    [{ limits: { costMax: 0 } }, 'limits.costMax', 'must be more than 0'],
    [{ tools: [{ kind: 'x' }] }, 'tools[0].kind', 'must be one of http, mcp, builtin'],
    [{ voice: { provider: 'x' } }, 'voice.provider', 'must be elevenlabs'],
    [{ colour: 'red' }, 'colour', 'is not a known field'],
    [
      { languages: ['en'] },
      'languages[0]',
      'must be a language and a country, such as en-US or ms-MY',
    ],
    [{ instructions: '{{x}}' }, 'instructions', '{{x}} is not one of the variables'],
  ])('%o', (change, path, message) => {
    const { error } = agentSchema.safeParse({ ...LEAST, ...change });
    expect(fieldProblems(error?.issues ?? [])).toEqual([{ path, message }]);
  });

  it('a hundred times at most, and without long names', () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`${'x'.repeat(500)}${index}`, 1]),
    );
    const problems = fieldProblems(
      agentSchema.safeParse({ ...LEAST, ...unknown }).error?.issues ?? [],
    );
    expect(problems).toHaveLength(100);
    expect(problems.every(({ path }) => path.length <= 80)).toBe(true);
  });
});
