/** Phrases that are always the same, voiced once beside the first call and kept for those after it. */

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.start({ vars: { AGENT_CLIPS: 'on' } });
  const first = await world.dialAndListen();
  // The greeting, the openers, the fillers, then this.
  await first.until(() => isVoiced('We are broken.'));
  first.hangUp();
});
afterAll(() => world.stop());
afterEach(() => {
  world.standins.openrouter.behaviour.reset();
  world.standins.elevenlabs.behaviour.reset();
});

const OPENER = '(?:Okay|Right|All right|Let me see|Well),';

function isVoiced(phrase: string): boolean {
  return world.standins.elevenlabs.requests.entries.some(({ outcome, contexts }) =>
    contexts.some(({ text }) => outcome === 'closed' && text === phrase),
  );
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
  expect(report.turns[1]?.errors.map(({ code }) => code)).toEqual([
    'TTS_UNAVAILABLE',
    'TTS_UNAVAILABLE',
  ]);
});
