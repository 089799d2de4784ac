/** Phrases that are always the same, voiced once beside the first call and kept for those after it. In workerd. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { World } from './world.ts';

let world: World;
let persistPath: string;
beforeAll(async () => {
  persistPath = await mkdtemp(join(tmpdir(), 'patchcord-clips-'));
  world = await World.start({ vars: { AGENT_CLIPS: 'on' }, persistPath });
  const first = await world.dialAndListen();
  // The greeting, the openers, the fillers, then this.
  await first.until(() => isVoiced('We are broken.'));
  first.hangUp();
});
afterAll(async () => {
  await world.stop();
  await rm(persistPath, { recursive: true, force: true });
});
afterEach(() => {
  world.standins.openrouter.behaviour.reset();
  world.standins.elevenlabs.behaviour.reset();
});

const OPENER = '(?:Okay|Right|All right|Let me see|Well),';

/** What was voiced whole, beside a call. */
function voicedTexts(): string[] {
  return world.standins.elevenlabs.requests.entries.flatMap(({ path, outcome, contexts }) =>
    path.endsWith('/with-timestamps') && outcome === 'closed'
      ? contexts.map(({ text }) => text)
      : [],
  );
}

function isVoiced(phrase: string): boolean {
  return voicedTexts().includes(phrase);
}

it('greet the next caller without the voice', async () => {
  const { requests } = world.standins.elevenlabs;
  requests.clear();
  const call = await world.dialAndListen();
  call.hangUp();
  const voiced = requests.entries.flatMap(({ contexts }) => contexts.map(({ text }) => text));
  expect(voiced).not.toContain('Hello!');
});

it('open an answer that the model takes its time for', async () => {
  const call = await world.dialAndListen();
  world.standins.openrouter.next({ firstTokenMs: 1800 });
  call.say('Well?');
  await call.untilHeard('You said: Well?');
  call.hangUp();
  expect(call.heard).toMatch(new RegExp(`^Hello! ${OPENER} You said: Well\\?$`, 'u'));
  const { turns } = await world.finalReport(call.callSid);
  expect(`Hello! ${turns[1]?.heard}`).toBe(call.heard);
});

it('say that it cannot go on when no voice can be had', async () => {
  world.standins.elevenlabs.always({ fault: { kind: 'status', status: 500 } });
  const call = await world.dialAndListen();
  call.say('Well?');
  await call.until(() => call.closed !== undefined);
  expect(call.heard).toMatch(new RegExp(`^Hello! (?:${OPENER} )?We are broken\\.$`, 'u'));
  expect(call.closed).toEqual({ code: 1000, reason: 'provider-failure' });
  const report = await world.finalReport(call.callSid);
  expect(report).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
  // Over the socket and over HTTP, and once more each.
  expect(report.turns[1]?.errors.map(({ code }) => code)).toEqual(Array(4).fill('TTS_UNAVAILABLE'));
});

it('are there after the Worker was started again: no text goes to the voice', async () => {
  const { requests } = world.standins.elevenlabs;
  await world.restart();
  requests.clear();
  const call = await world.dialAndListen();
  call.say('Well?');
  world.standins.openrouter.next({ firstTokenMs: 1800 });
  await call.untilHeard('You said: Well?');
  call.hangUp();
  expect(call.heard).toMatch(new RegExp(`^Hello! ${OPENER} You said: Well\\?$`, 'u'));
  const texts = requests.entries.flatMap(({ contexts }) => contexts.map(({ text }) => text.trim()));
  expect(texts).toEqual(['You said: Well?']);
  const { turns } = await world.finalReport(call.callSid);
  expect(turns.map(({ heard }) => heard)).toEqual(['Hello!', turns[1]?.agent]);
});

it('are heard to the word when the caller interrupts', async () => {
  const long = 'Hello! You are speaking with the telephone of a small bakery in the old town.';
  const own = await World.start({ vars: { AGENT_CLIPS: 'on', AGENT_GREETING: long } });
  try {
    const first = await own.dial();
    await first.untilHeard('old town.');
    first.hangUp();
    own.standins.elevenlabs.requests.clear();
    const call = await own.dial();
    await call.until(() => call.heard.includes('speaking with'));
    expect(own.standins.elevenlabs.requests.entries).toEqual([]);
    call.say('Stop please?');
    await call.until(() => call.clears > 0);
    await call.untilHeard('You said: Stop please?');
    call.hangUp();
    const { turns } = await own.finalReport(call.callSid);
    const [greeting] = turns;
    expect(greeting?.interrupted).toBe(true);
    expect(call.heard.startsWith(greeting?.heard ?? 'nothing')).toBe(true);
    expect(`${greeting?.heard} You said: Stop please?`).toBe(call.heard);
  } finally {
    await own.stop();
  }
});

it('reach a call that begins while they are voiced for another one', async () => {
  await world.stop();
  world = await World.start({ vars: { AGENT_CLIPS: 'on' } });
  const { elevenlabs, openrouter } = world.standins;
  elevenlabs.always({ firstByteMs: 800 });
  const first = await world.dial();
  const isAsked = (): boolean =>
    elevenlabs.requests.entries.some(({ path }) => path.endsWith('/with-timestamps'));
  await first.until(isAsked);
  const second = await world.dialAndListen();
  openrouter.next({ firstTokenMs: 1800 });
  second.say('Well?');
  await second.untilHeard('You said: Well?');
  expect(second.heard).toMatch(new RegExp(`^Hello! ${OPENER} `, 'u'));
  await vi.waitFor(() => expect(isVoiced('We are broken.')).toBe(true), 10_000);
  const texts = voicedTexts();
  expect(texts).toEqual([...new Set(texts)]);
  for (const call of [first, second]) call.hangUp();
});
