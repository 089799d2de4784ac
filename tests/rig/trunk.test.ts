import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAsteriskPbx } from './asterisk-pbx.ts';
import type { AsteriskPbx } from './asterisk-pbx.ts';
import { NotAnswered } from './phone.ts';
import { requireAsterisk } from './requirement.ts';
import { HUMAN_TONE_HZ, toneLevel } from './tone-level.ts';
import { parseTrunkLog } from './trunk-log.ts';
import { trunkNumber } from './trunk-number.ts';
import { startTrunk } from './trunk.ts';
import type { AsteriskTrunk } from './trunk.ts';

describe('numbers', () => {
  test('name the outcome, its parameter and a line', () => {
    expect(trunkNumber({ kind: 'echo' })).toBe('15551000000');
    expect(trunkNumber({ kind: 'busy', ringMs: 1500 }, 7)).toBe('15552001507');
    expect(trunkNumber({ kind: 'rejects', status: 404 })).toBe('15553040400');
  });

  test('a parameter or a line too large has none', () => {
    expect(() => trunkNumber({ kind: 'hangs-up', talkMs: 100_000 })).toThrow('no number');
    expect(() => trunkNumber({ kind: 'echo' }, 100)).toThrow('no number');
  });
});

test("the provider's log becomes calls", () => {
  const log = `[1795365364.802] WARNING[5486] loader.c: Some non-required modules failed to load.
[1795365366.699] NOTICE[5653][C-00000001] Ext. 15551000500: trunk-call invited number=15551000500 from=customer asserted= channel=PJSIP/customer-00000000 sip=b53f id=1795365366.0
[1795365366.699] NOTICE[5653][C-00000001] Ext. s: trunk-call ringing id=1795365366.0
[1795365367.200] NOTICE[5653][C-00000001] Ext. s: trunk-call answered id=1795365366.0
[1795365368.900] DTMF[5653][C-00000001] channel.c: DTMF end '#' received on PJSIP/customer-00000000, duration 100 ms
[1795365369.714] NOTICE[5653][C-00000001] Ext. s: trunk-call ended cause=16 source=PJSIP/customer-00000000 id=1795365366.0
`;
  expect(parseTrunkLog(log)).toEqual([
    {
      id: '1795365366.0',
      sipCallId: 'b53f',
      number: '15551000500',
      from: 'customer',
      asserted: '',
      isRefused: false,
      invitedAt: 1_795_365_366_699,
      rungAt: 1_795_365_366_699,
      progressAt: undefined,
      answeredAt: 1_795_365_367_200,
      greetedAt: undefined,
      endedAt: 1_795_365_369_714,
      endedBy: 'customer',
      cause: 16,
      digits: '#',
    },
  ]);
});

/** Lets a phone of the PBX dial out: `0` and the number. */
const DIAL_OUT = `[from-phone]
exten => _0X.,1,Dial(PJSIP/\${EXTEN:1}@trunk)
 same => n,Hangup(\${HANGUPCAUSE})
`;

const asterisk = await requireAsterisk(22);
describe.skipIf(!asterisk.available)(`the provider${asterisk.reason ?? ''}`, () => {
  let trunk: AsteriskTrunk;
  let pbx: AsteriskPbx;
  let shown = '';

  beforeAll(async () => {
    trunk = await startTrunk();
    const { account } = trunk;
    shown = account.numbers[0] ?? '';
    pbx = await startAsteriskPbx({
      major: 22,
      shape: 'plain',
      trunk: account,
      apps: { '999': 'nobody' },
      dialplan: DIAL_OUT,
    });
  });
  afterAll(async () => {
    await pbx.stop();
    await trunk.stop();
  });

  const call = (number: string, callerNumber = shown) =>
    pbx.dial({ extension: `0${number}`, callerNumber });

  test('a call is answered, heard both ways, and told of', async () => {
    const number = trunkNumber({ kind: 'echo', ringMs: 300 });
    const phone = await call(number);
    const audio = Uint8Array.from({ length: 8000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
    await phone.play(new Uint8Array(1600).fill(0xff)); // The recording may begin a frame late.
    await phone.play(audio);
    await expect
      .poll(() => Buffer.from(phone.recording.payload()).includes(audio), { timeout: 3000 })
      .toBe(true);
    await phone.hangup();
    const seen = await trunk.endedCall(number);
    expect(seen).toMatchObject({ number, from: shown, endedBy: 'customer', cause: 16, digits: '' });
    const { invitedAt, rungAt = 0, answeredAt = 0, endedAt = 0 } = seen;
    expect(rungAt - invitedAt).toBeLessThan(100);
    expect(answeredAt - rungAt).toBeGreaterThan(280);
    expect(endedAt - answeredAt).toBeGreaterThan(990);
    // Recorded by way of linear samples, where µ-law's two zeros are one.
    const recorded = audio.map((byte) => (byte === 0x7f ? 0xff : byte));
    expect(Buffer.from(await trunk.heard(seen)).includes(recorded)).toBe(true);
  });

  test('a machine plays its greeting and hears keys', async () => {
    const greeting = Uint8Array.from({ length: 6000 }, (_, i) => (i * 37 + (i >> 6)) & 0xff);
    const number = await trunk.addGreeting(greeting);
    const phone = await call(number);
    await expect
      .poll(() => Buffer.from(phone.recording.payload()).includes(greeting), { timeout: 3000 })
      .toBe(true);
    await phone.sendDtmf('5#');
    await phone.hangup();
    const seen = await trunk.endedCall(number);
    expect(seen.digits).toBe('5#');
    expect((seen.greetedAt ?? 0) - (seen.answeredAt ?? 0)).toBeGreaterThan(700);
  });

  const rejections = [
    [trunkNumber({ kind: 'busy' }), 486, 17],
    [trunkNumber({ kind: 'rejects', status: 404 }), 404, 1],
    [trunkNumber({ kind: 'rejects', status: 403 }), 403, 21],
    [trunkNumber({ kind: 'rejects', status: 480 }), 480, 19],
    [trunkNumber({ kind: 'rejects', status: 503 }), 503, 34],
    [trunkNumber({ kind: 'early-media-busy', mediaMs: 300 }), 486, 17],
    ['4930999', 404, 1],
  ] as const;
  test.for(rejections)('%s is refused with %d', async ([number, status, cause]) => {
    await expect(call(number)).rejects.toMatchObject({ end: { by: 'rejected', status } });
    expect(await trunk.endedCall(number)).toMatchObject({ endedBy: 'provider', cause });
  });

  test("a caller that is not the customer's is refused with 403", async () => {
    const number = trunkNumber({ kind: 'echo' }, 1);
    await expect(call(number, '4930123')).rejects.toThrow(NotAnswered);
    const seen = await trunk.endedCall(number);
    expect(seen).toMatchObject({ from: '4930123', isRefused: true, answeredAt: undefined });
  });

  test('a caller who gives up has ended it', async () => {
    const number = trunkNumber({ kind: 'rings' });
    const phone = await pbx.dial({ extension: `0${number}`, callerNumber: shown, until: 'sent' });
    await expect.poll(async () => (await trunk.calls()).at(-1)?.rungAt).toBeDefined();
    await phone.hangup();
    const seen = await trunk.endedCall(number);
    expect(seen).toMatchObject({ endedBy: 'customer', answeredAt: undefined });
  });

  test("somebody calls the customer's number", async () => {
    const caller = await trunk.dial({ callerNumber: '4930123' });
    await expect
      .poll(() => toneLevel(caller.recording.payload(), HUMAN_TONE_HZ))
      .toBeGreaterThan(0.9);
    await caller.hangup();
  });

  test('a hundred calls, ten at once', async () => {
    const numbers = Array.from({ length: 100 }, (_, line) => trunkNumber({ kind: 'human' }, line));
    const waiting = [...numbers];
    const levels: number[] = [];
    const line = async () => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        const phone = await call(number);
        await expect
          .poll(() => phone.recording.payload().length, { timeout: 5000 })
          .toBeGreaterThan(4000);
        levels.push(toneLevel(phone.recording.payload(), HUMAN_TONE_HZ));
        await phone.hangup();
      }
    };
    await Promise.all(Array.from({ length: 10 }, line));
    expect(Math.min(...levels)).toBeGreaterThan(0.9);
    for (const number of numbers)
      expect(await trunk.endedCall(number)).toMatchObject({ cause: 16 });
    expect(await trunk.asterisk.channelCount()).toBe(0);
  });
});
