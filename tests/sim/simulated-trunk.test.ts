import { expect, onTestFinished, test } from 'vitest';
import { OUTCOME_CODES, parseTrunkNumber, trunkNumber } from '../rig/trunk-number.ts';
import type { TrunkOutcome } from '../rig/trunk-number.ts';
import { AriProbe } from './ari-probe.ts';
import { startSimulatedPbx } from './simulated-pbx.ts';

async function start() {
  const pbx = await startSimulatedPbx();
  onTestFinished(() => pbx.stop());
  const ari = new AriProbe(pbx, '');
  const events = await ari.connect('patchcord');
  const originate = async (endpoint: string, options: Readonly<Record<string, unknown>> = {}) => {
    const [callerId] = pbx.trunk.account.numbers;
    const body = { endpoint, app: 'patchcord', channelId: 'o1', callerId, ...options };
    return await ari.request('POST', '/channels', { body });
  };
  return { pbx, ari, events, originate };
}

const OUTCOMES: readonly TrunkOutcome[] = [
  { kind: 'echo', ringMs: 300 },
  { kind: 'human', ringMs: 0 },
  { kind: 'silence', ringMs: 99_900 },
  { kind: 'machine', greeting: 7 },
  { kind: 'hangs-up', talkMs: 1500 },
  { kind: 'busy', ringMs: 200 },
  { kind: 'rings' },
  { kind: 'mute' },
  { kind: 'rejects', status: 480 },
  { kind: 'early-media', mediaMs: 100 },
  { kind: 'early-media-busy', mediaMs: 100 },
];

test.for(OUTCOMES)('a number is read as it was written: %j', (outcome) => {
  expect(parseTrunkNumber(trunkNumber(outcome, 42))).toEqual(outcome);
  expect(parseTrunkNumber(`+${trunkNumber(outcome)}`)).toEqual(outcome);
});

test('every kind of outcome has a number of its own', () => {
  expect(new Set(OUTCOMES.map(({ kind }) => kind)).size).toBe(Object.keys(OUTCOME_CODES).length);
  expect(new Set(Object.values(OUTCOME_CODES)).size).toBe(OUTCOMES.length);
  for (const number of ['4930123', '15559900000', '1555100000', '155510000000']) {
    expect(parseTrunkNumber(number)).toBeUndefined();
  }
});

test('a machine says its greeting, is told keys, and is heard to have heard', async () => {
  const { pbx, ari, events, originate } = await start();
  const number = await pbx.trunk.addGreeting(new Uint8Array(800).fill(1));
  await originate(`PJSIP/${number}@trunk`);
  await events.until(({ type }) => type === 'StasisStart');
  const media = await pbx.addSound('words', new Uint8Array(1600).fill(2));
  await ari.request('POST', `/channels/o1/play?media=${media}`);
  await events.until(({ type }) => type === 'PlaybackFinished');
  await ari.request('POST', '/channels/o1/dtmf?dtmf=42');
  await expect.poll(async () => (await pbx.trunk.calls()).at(-1)?.greetedAt).toBeDefined();
  await ari.request('DELETE', '/channels/o1');
  const call = await pbx.trunk.endedCall(number);
  expect(call).toMatchObject({ digits: '42', endedBy: 'customer', cause: 16 });
  expect(await pbx.trunk.heard(call)).toEqual(new Uint8Array(1600).fill(2));
});

test('calls end with the PBX, timers and all', async () => {
  const { pbx, originate } = await start();
  await originate(`Local/${trunkNumber({ kind: 'rings' })}@outgoing`, { timeout: 1 });
  expect((await pbx.leftovers()).channels).toEqual(['o1', 'o1;2']);
  await pbx.stop();
  expect((await pbx.leftovers()).channels).toEqual([]);
});

test('a call to nowhere in the dialplan is over at once', async () => {
  const { pbx, events, originate } = await start();
  expect(await originate('Local/123@nix')).toMatchObject({ status: 200 });
  const told = await events.until(({ type }) => type === 'ChannelDestroyed');
  expect(told.map(({ type, cause }) => [type, cause])).toEqual([['ChannelDestroyed', 0]]);
  await expect.poll(async () => (await pbx.leftovers()).channels).toEqual([]);
});

test('a call that is answered while nobody is there to take it is hung up', async () => {
  const { pbx, originate } = await start();
  const number = trunkNumber({ kind: 'silence' });
  await originate(`PJSIP/${number}@trunk`, { app: 'away' });
  expect(await pbx.trunk.endedCall(number)).toMatchObject({ endedBy: 'customer' });
  expect((await pbx.leftovers()).channels).toEqual([]);
});
