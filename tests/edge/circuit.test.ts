/** What one call has learnt of a provider that does not answer, the next one knows. In workerd, where calls share an isolate. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAzureSpeechStandin, type AzureSpeechStandin } from '../standins/azure-speech.ts';
import type { TwilioCall } from './twilio-call.ts';
import { World } from './world.ts';

const FIRST = 'maker/first';
const SECOND = 'maker/second';
const PATIENCE_MS = 1500;

/** Far less than the patience, far more than the stand-in takes. */
const NORMAL_MS = 800;

const logSchema = z.object({ message: z.string() });

interface Answer {
  readonly model: string | undefined;
  /** From the request to the first token, whoever gave it. */
  readonly ttftMs: number;
  readonly faults: readonly { readonly code: string; readonly message: string }[];
}

async function answersOf(world: World, call: TwilioCall): Promise<Answer[]> {
  call.hangUp();
  const { turns } = await world.finalReport(call.callSid);
  return turns.slice(1).map((turn) => {
    const { llmFirstToken = NaN, llmRequest = NaN } = turn.waterfallMs;
    return { model: turn.model, ttftMs: llmFirstToken - llmRequest, faults: turn.errors };
  });
}

async function ask(call: TwilioCall, question: string): Promise<void> {
  const before = call.heard;
  call.say(question);
  await call.until(() => call.heardSince(before).endsWith(`You said: ${question}`));
  await call.until(() => !call.isPlaying);
}

describe('a model that says nothing for good', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({
      vars: {
        AGENT_MODEL: FIRST,
        AGENT_FALLBACK_MODELS: SECOND,
        AGENT_LLM_TIMEOUT_MS: String(PATIENCE_MS),
        PROVIDER_CIRCUIT_MS: '15000',
      },
    });
  });
  afterAll(() => world.stop());

  const circuitLogs = (): string[] =>
    world.logs
      .filter((line) => line.includes('"event":"circuit"'))
      .map((line) => logSchema.parse(JSON.parse(line)).message);

  it('costs three turns of one call their time, and no other turn or call any; then it is tried again', async () => {
    const { openrouter } = world.standins;
    openrouter.ofModel(FIRST).always({ fault: { kind: 'stall', after: 0 } });
    const call = await world.dialAndListen();
    for (const question of ['One?', 'Two?', 'Three?', 'Four?']) await ask(call, question);
    const answers = await answersOf(world, call);
    expect(answers.map(({ model }) => model)).toEqual(Array(4).fill(SECOND));
    for (const { ttftMs, faults } of answers.slice(0, 3)) {
      expect(ttftMs).toBeGreaterThanOrEqual(PATIENCE_MS);
      expect(faults).toEqual([{ code: 'LLM_TIMEOUT', message: `${FIRST} is silent` }]);
    }
    expect(answers[3]?.ttftMs).toBeLessThan(NORMAL_MS);
    expect(answers[3]?.faults).toEqual([
      { code: 'LLM_UNAVAILABLE', message: `${FIRST}: circuit open` },
    ]);
    expect(circuitLogs()).toEqual([`LLM ${FIRST}: circuit open, no answer in time`]);

    const next = await world.dialAndListen();
    await ask(next, 'Five?');
    // It is well again, which nobody knows yet; sooner or later a turn finds out.
    openrouter.ofModel(FIRST).reset();
    for (let i = 0; i < 12 && circuitLogs().length < 3; i++) await ask(next, 'And now?');
    const later = await answersOf(world, next);
    expect(later[0]?.model).toBe(SECOND);
    expect(later.at(-1)).toMatchObject({ model: FIRST, faults: [] });
    for (const { ttftMs } of later) expect(ttftMs).toBeLessThan(NORMAL_MS);
    expect(circuitLogs().slice(1)).toEqual([
      `LLM ${FIRST}: circuit half-open, one request finds out`,
      `LLM ${FIRST}: circuit closed, it answers`,
    ]);
  }, 120_000);
});

describe('a region of speech recognition that refuses its key', () => {
  let world: World;
  let other: AzureSpeechStandin;
  beforeAll(async () => {
    other = await startAzureSpeechStandin();
    world = await World.start({
      vars: {
        AZURE_SPEECH_FALLBACK_URL: other.url,
        AZURE_SPEECH_FALLBACK_KEY: 'another key',
        PROVIDER_CIRCUIT_MS: '15000',
      },
    });
  });
  afterAll(async () => {
    await world.stop();
    await other.close();
  });

  it('is asked by one call, and by none after it', async () => {
    const { azureSpeech } = world.standins;
    azureSpeech.always({ fault: { kind: 'status', status: 401 } });
    const call = await world.dialAndListen();
    await ask(call, 'Well?');
    call.hangUp();
    const { errors } = await world.finalReport(call.callSid);
    expect(errors.map(({ code }) => code)).toEqual(['STT_AUTH']);
    const asked = azureSpeech.requests.total;
    const next = await world.dialAndListen();
    await ask(next, 'Well?');
    next.hangUp();
    expect(azureSpeech.requests.total).toBe(asked);
  });
});

describe('a socket to the voice that says nothing for good', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ vars: { PROVIDER_CIRCUIT_MS: '300000' } });
  });
  afterAll(() => world.stop());

  it('costs some utterances their time, then the voice is asked over HTTP at once', async () => {
    world.standins.elevenlabs.ofSockets().always({ fault: { kind: 'stall', after: 0 } });
    const faults: string[][] = [];
    const firstAudioMs: number[] = [];
    for (let i = 0; i < 4; i++) {
      const call = await world.dialAndListen();
      call.hangUp();
      const { turns } = await world.finalReport(call.callSid);
      const { ttsFirstAudio = NaN, firstClause = NaN } = turns[0]?.waterfallMs ?? {};
      firstAudioMs.push(ttsFirstAudio - firstClause);
      faults.push((turns[0]?.errors ?? []).map(({ message }) => message));
    }
    for (const each of faults.slice(0, 3)) expect(each).toEqual(['the voice is silent']);
    expect(faults[3]).toEqual([expect.stringMatching(/over socket: circuit open$/u)]);
    expect(Math.min(...firstAudioMs.slice(0, 3))).toBeGreaterThan(700);
    expect(firstAudioMs[3]).toBeLessThan(700);
  });
});

describe('providers that are all away', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ vars: { PROVIDER_CIRCUIT_MS: '15000' } });
  });
  afterAll(() => world.stop());

  it('are asked all the same: the first answer there is, is heard', async () => {
    const { openrouter } = world.standins;
    openrouter.always({ fault: { kind: 'status', status: 503 } });
    const call = await world.dialAndListen();
    for (let i = 0; i < 2; i++) {
      const before = call.heard;
      call.say('Well?');
      await call.until(() => call.heardSince(before).endsWith('Say it again.'));
      await call.until(() => !call.isPlaying);
    }
    openrouter.behaviour.reset();
    await ask(call, 'Well?');
    call.hangUp();
    const { turns } = await world.finalReport(call.callSid);
    expect(turns.flatMap(({ errors }) => errors.map(({ message }) => message))).toEqual(
      Array(4).fill('the model answered 503'),
    );
  });
});
