import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TwilioCall } from './twilio-call.ts';
import { World, type Report } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());
afterEach(() => {
  for (const { behaviour } of [
    world.standins.azureSpeech,
    world.standins.openrouter,
    world.standins.elevenlabs,
  ]) {
    behaviour.reset();
  }
});

const codesOf = (report: Report): string[] =>
  [...report.errors, ...report.turns.flatMap((turn) => turn.errors)].map(({ code }) => code);

const isAudible = (frame: Uint8Array): boolean => frame.some((code) => code !== MULAW_SILENCE);

/** The longest the caller has heard nothing since he finished, in milliseconds. */
function silenceMs({ sent, played }: TwilioCall): number {
  let longest = 0;
  let frames = 0;
  for (const frame of played.slice(sent.findLastIndex(isAudible) + 1)) {
    frames = isAudible(frame) ? 0 : frames + 1;
    longest = Math.max(longest, frames);
  }
  return longest * FRAME_MS;
}

/** Longer is a line that seems to be dead. */
const SILENCE_MS_MAX = 2500;

describe('a fault of the language model', () => {
  it.each([
    ['429', { kind: 'status', status: 429 }, 'LLM_RATE_LIMITED'],
    ['a refused connection', { kind: 'refuse' }, 'LLM_UNAVAILABLE'],
    ['silence', { kind: 'stall', after: 0 }, 'LLM_TIMEOUT'],
  ] as const)('is made up for by a second request: %s', async (_, fault, code) => {
    const call = await world.dialAndListen();
    world.standins.openrouter.next({ fault });
    call.say('Well?');
    await call.untilHeard('You said: Well?');
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    call.hangUp();
    const report = await world.finalReport(call.callSid);
    expect(codesOf(report)).toEqual([code]);
    expect(report.turns[1]?.agent).toMatch(/You said: Well\?$/u);
  });

  it.each([
    ['429', { kind: 'status', status: 429 }, 'LLM_RATE_LIMITED'],
    ['a refused connection', { kind: 'refuse' }, 'LLM_UNAVAILABLE'],
    ['silence', { kind: 'stall', after: 0 }, 'LLM_TIMEOUT'],
  ] as const)('that lasts is apologised for, and the call goes on: %s', async (_, fault, code) => {
    const call = await world.dialAndListen();
    world.standins.openrouter.always({ fault });
    call.say('Well?');
    await call.untilHeard('Say it again.');
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    world.standins.openrouter.behaviour.reset();
    call.say('Well?');
    await call.untilHeard('You said: Well?');
    call.hangUp();
    const report = await world.finalReport(call.callSid);
    expect(codesOf(report)).toEqual([code, code]);
    expect(report.turns[1]?.agent).toMatch(/Say it again\.$/u);
  });

  it.each([
    ['an error', { kind: 'error', after: 4, code: 502 }, 'LLM_UNAVAILABLE'],
    ['a cut connection', { kind: 'disconnect', after: 4 }, 'LLM_BROKEN'],
    ['silence', { kind: 'stall', after: 4 }, 'LLM_TIMEOUT'],
  ] as const)('in mid-stream is made up for, from the next word on: %s', async (_, fault, code) => {
    const call = await world.dialAndListen();
    world.standins.openrouter.next({ fault });
    call.say('I want a table.');
    await call.untilHeard('Is there anything else?');
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    call.hangUp();
    const report = await world.finalReport(call.callSid);
    expect(codesOf(report)).toEqual([code]);
    expect(report.turns[1]?.heard).toBe('I have noted: I want a table. Is there anything else?');
  });

  it.each([
    ['an error', { kind: 'error', after: 4, code: 502 }, 'LLM_UNAVAILABLE'],
    ['a cut connection', { kind: 'disconnect', after: 4 }, 'LLM_BROKEN'],
    ['silence', { kind: 'stall', after: 4 }, 'LLM_TIMEOUT'],
  ] as const)('in mid-stream that lasts is apologised for: %s', async (_, fault, code) => {
    const call = await world.dialAndListen();
    world.standins.openrouter.always({ fault });
    call.say('I want a table.');
    await call.untilHeard('Say it again.');
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    call.hangUp();
    const report = await world.finalReport(call.callSid);
    expect(codesOf(report)).toEqual([code, code]);
    expect(report.turns[1]?.heard).toMatch(/^I have noted.+Say it again\.$/u);
  });

  it.each([
    ['a wrong key', 401, 'LLM_AUTH'],
    ['no credit', 402, 'LLM_QUOTA'],
  ] as const)('that nothing helps against is spoken about: %s', async (_, status, code) => {
    const call = await world.dialAndListen();
    world.standins.openrouter.next({ fault: { kind: 'status', status } });
    call.say('Well?');
    await call.until(() => call.closed !== undefined);
    expect(call.heard).toBe('Hello! We are broken.');
    expect(call.closed).toEqual({ code: 1000, reason: 'provider-failure' });
    const report = await world.finalReport(call.callSid);
    expect(report).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
    expect(codesOf(report)).toEqual([code]);
  });
});

describe('a fault of the voice', () => {
  it.each([
    ['a handshake that is refused', { kind: 'status', status: 503 }, 'TTS_UNAVAILABLE'],
    ['a model that sockets do not have', { kind: 'status', status: 400 }, 'TTS_BAD_REQUEST'],
    ['a socket that is cut', { kind: 'disconnect', after: 0 }, 'TTS_UNAVAILABLE'],
    ['an error', { kind: 'error', after: 0 }, 'TTS_BROKEN'],
    ['silence', { kind: 'stall', after: 0 }, 'TTS_TIMEOUT'],
  ] as const)('is made up for over HTTP: %s', async (_, fault, code) => {
    world.standins.elevenlabs.next({ fault });
    const call = await world.dialAndListen();
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    call.hangUp();
    const report = await world.finalReport(call.callSid);
    expect(codesOf(report)).toEqual([code]);
    expect(report.turns[0]?.heard).toBe('Hello!');
  });

  it('in mid-sentence is made up for over HTTP, from the word that was cut off', async () => {
    const call = await world.dialAndListen();
    world.standins.elevenlabs.next({ fault: { kind: 'disconnect', after: 2 } });
    const before = call.heard;
    call.say('I want a table.');
    await call.until(() => call.heardSince(before).endsWith('anything else?'));
    await call.until(() => !call.isPlaying);
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    call.hangUp();
    const agent = 'I have noted: I want a table. Is there anything else?';
    // The beginning of one word may be heard twice; all words are heard.
    const words = call.heardSince(before).split(' ');
    const whole = words.filter((word, i) => !words[i + 1]?.startsWith(word));
    expect(whole.join(' ')).toBe(agent);
    const report = await world.finalReport(call.callSid);
    expect(codesOf(report)).toEqual(['TTS_UNAVAILABLE']);
    expect(report.turns[1]).toMatchObject({ agent, heard: agent });
  });

  it.each([
    ['a wrong key', 401, ['TTS_AUTH']],
    ['a voice that does not exist', 404, ['TTS_BAD_REQUEST', 'TTS_BAD_REQUEST']],
  ] as const)('that nothing helps against lets the next verb run: %s', async (_, status, codes) => {
    world.standins.elevenlabs.always({ fault: { kind: 'status', status } });
    const call = await world.dial();
    await call.until(() => call.closed !== undefined, 3000);
    expect(call.closed).toEqual({ code: 1000, reason: 'provider-failure' });
    const report = await world.finalReport(call.callSid);
    expect(report).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
    expect(codesOf(report)).toEqual(codes);
  });

  it('over both ways lets the next verb run', async () => {
    world.standins.elevenlabs.always({ fault: { kind: 'status', status: 500 } });
    const call = await world.dial();
    await call.until(() => call.closed !== undefined, 5000);
    const codes = codesOf(await world.finalReport(call.callSid));
    // Each way is tried once more: what says no at once may say yes in a moment.
    expect(codes).toEqual(Array(4).fill('TTS_UNAVAILABLE'));
  });
});

describe('a fault of speech recognition', () => {
  it('by a wrong key is spoken about, then the next verb runs', async () => {
    world.standins.azureSpeech.always({ fault: { kind: 'status', status: 401 } });
    const call = await world.dial();
    await call.until(() => call.closed !== undefined);
    expect(call.heard).toBe('Hello! We are broken.');
    const report = await world.finalReport(call.callSid);
    expect(report.endReason).toBe('provider-failure');
    expect(codesOf(report)).toEqual(['STT_AUTH']);
  });

  it('that does not come back is spoken about, then the next verb runs', async () => {
    world.standins.azureSpeech.always({ fault: { kind: 'status', status: 503 } });
    const call = await world.dial();
    await call.until(() => call.closed !== undefined);
    expect(call.heard).toBe('Hello! We are broken.');
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    expect(call.closed).toEqual({ code: 1000, reason: 'provider-failure' });
    // It is opened again four times.
    const codes = codesOf(await world.finalReport(call.callSid));
    expect(codes).toEqual(Array(5).fill('STT_UNAVAILABLE'));
  });

  it('by a cut connection is mended without a word lost', async () => {
    const call = await world.dialAndListen();
    world.standins.azureSpeech.next({ fault: { kind: 'disconnect', after: 1 } });
    call.say('I want a table.');
    await call.untilHeard('Is there anything else?');
    call.hangUp();
    const report = await world.finalReport(call.callSid);
    expect(report.turns[1]?.understood).toBe('I want a table.');
  });
});
