import { describe, expect, it } from 'vitest';
import { agentSchema, type Agent } from './agent.ts';
import { fieldProblems } from './field-problem.ts';
import { phrasesOf as phrasesIn } from './phrases.ts';

const phrasesOf = (agent: Agent, locale: string) => phrasesIn(agent, locale, (text) => text);

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
      timeZone: 'Asia/Kuala_Lumpur',
      voice: {
        provider: 'elevenlabs',
        voiceId: '21m00Tcm4TlvDq8ikWAM',
        model: 'eleven_flash_v2_5',
        languages: {},
        fallbackVoiceIds: [],
      },
      models: { primary: 'openai/gpt-4.1-mini', hedges: [], fallbacks: [], maxTokens: 1024 },
      phrases: {},
      tools: [
        { kind: 'builtin', name: 'end_call' },
        { kind: 'builtin', name: 'note' },
      ],
      limits: {
        callMsMax: 1_800_000,
        repromptMs: 10_000,
        repromptsMax: 2,
        turnsMax: 300,
        agentCharsMax: 3000,
      },
      endpointing: { minMs: 400, maxMs: 3000, gate: false, isAdaptive: true },
      interruption: {
        isAllowed: true,
        pauseAfterMs: 60,
        minWords: 1,
        protectedGreetingMs: 600,
        backchannels: { extra: [] },
      },
      speculation: { isOn: true, triesMax: 3 },
      stt: { phraseList: [], segmentationSilenceMs: 300, finalSilenceMs: 0, languageMode: 'fixed' },
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
    [{ timeZone: 'Mars/Base' }, 'timeZone', 'must be a time zone, such as Asia/Kuala_Lumpur'],
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
