import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingProviders, parseEnv } from './env.ts';

const KEYS = {
  AUTH_TOKEN: 'sesame',
  API_TOKEN: 'token',
  AZURE_SPEECH_KEY: 'a',
  OPENROUTER_API_KEY: 'b',
  ELEVENLABS_API_KEY: 'c',
};

function problemsOf(variables: Record<string, unknown>): string[] {
  const parsed = parseEnv(variables);
  return parsed.isValid ? [] : parsed.problems.map((problem) => problem.message);
}

describe('the environment', () => {
  it('needs nothing but the auth token', () => {
    const parsed = parseEnv({ AUTH_TOKEN: 'sesame' });
    expect(parsed).toMatchObject({ isValid: true, env: { AGENT_LANGUAGE: 'en-US' } });
  });

  it('takes numbers as text or as numbers', () => {
    expect(parseEnv({ ...KEYS, AGENT_BARGE_IN_MS: '300', AGENT_REPROMPT_MS: 5000 })).toMatchObject({
      env: { AGENT_BARGE_IN_MS: 300, AGENT_REPROMPT_MS: 5000 },
    });
  });

  it('takes an empty variable for one that is not set, unless empty means something', () => {
    expect(parseEnv({ ...KEYS, AGENT_VOICE: '', AGENT_GREETING: '' })).toMatchObject({
      env: { AGENT_VOICE: '21m00Tcm4TlvDq8ikWAM', AGENT_GREETING: '' },
    });
  });

  it.each([
    [{}, 'AUTH_TOKEN must be not empty, it is not set'],
    [
      { ...KEYS, AGENT_BARGE_IN_MS: '5' },
      'AGENT_BARGE_IN_MS must be a whole number of milliseconds from 60 to 5000, got "5"',
    ],
    [
      { ...KEYS, AGENT_REPROMPTS_MAX: 2.5 },
      'AGENT_REPROMPTS_MAX must be a whole number from 0 to 20, got 2.5',
    ],
    [
      { ...KEYS, AGENT_LANGUAGE: 'English' },
      'AGENT_LANGUAGE must be a language and a country, such as en-US, ms-MY or zh-CN, got "English"',
    ],
    [
      { ...KEYS, OPENROUTER_URL: 'http://example.com/api/v1' },
      'OPENROUTER_URL must be a URL with https: or http:, without TLS for private addresses only, got "http://example.com/api/v1"',
    ],
    [
      { ...KEYS, FALLBACK_TWIML: '<Say>Sorry' },
      'FALLBACK_TWIML must be TwiML verbs, well-formed, without <Response> around them, got "<Say>Sorry"',
    ],
  ])('says what is wrong: %j', (variables, message) => {
    expect(problemsOf(variables)).toEqual([message]);
  });

  it('says everything that is wrong at once', () => {
    expect(problemsOf({ AGENT_MODEL: 'x'.repeat(201), AGENT_CALL_MS_MAX: 'long' })).toHaveLength(3);
  });

  it('never says what a secret is', () => {
    const [message] = problemsOf({ AUTH_TOKEN: 12_345 });
    expect(message).toBe('AUTH_TOKEN must be not empty');
  });

  it.each(['ws://127.0.0.1:9000', 'http://10.1.2.3/x', 'wss://host.example/stt'])(
    'takes %s for the address of speech recognition',
    (url) => {
      expect(problemsOf({ ...KEYS, AZURE_SPEECH_URL: url })).toEqual([]);
    },
  );

  it('takes any values, with or without problems, and names the variable in each', () => {
    const names = fc.constantFrom(
      'AUTH_TOKEN',
      'AGENT_VOICE',
      'AGENT_BARGE_IN_MS',
      'FALLBACK_TWIML',
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), (variables) => {
        for (const message of problemsOf(variables)) expect(message).toMatch(/^[A-Z_]+ must be /u);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('knows which providers cannot be tried', () => {
    const parsed = parseEnv({ AUTH_TOKEN: 'x', OPENROUTER_API_KEY: 'y' });
    if (!parsed.isValid) throw new Error('it is valid');
    expect(missingProviders(parsed.env)).toEqual({
      stt: { code: 'STT_KEY_MISSING', message: 'AZURE_SPEECH_KEY is not set' },
      tts: { code: 'TTS_KEY_MISSING', message: 'ELEVENLABS_API_KEY is not set' },
    });
  });
});
