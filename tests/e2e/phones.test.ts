/** Phones as they come: packets of 10 to 40 ms, A-law, silence suppression, and keys pressed in either way; on real Asterisks. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { echo, TestHandler } from '../relay/handler.ts';
import { RelayUnderTest } from '../relay/relay-under-test.ts';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import { requireAsterisk } from '../rig/requirement.ts';

const AUDIO = Uint8Array.from({ length: 8000 }, (_, i) => 1 + ((i * 11) % 120));

describe.each([22, 16] as const)('Asterisk %i', async (major) => {
  const { available, reason } = await requireAsterisk(major);

  describe.skipIf(!available)(`in MikoPBX's shape ${reason ?? ''}`, () => {
    let pbx: AsteriskPbx;
    beforeAll(async () => {
      pbx = await startAsteriskPbx({ major, shape: 'mikopbx' });
    });
    afterAll(() => pbx.stop());

    test.each([10, 20, 30, 40] as const)('a phone with packets of %i ms', async (ptimeMs) => {
      await using handler = await TestHandler.start({ onMessage: echo });
      await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999', ptimeMs });
      const stream = await handler.started();
      await stream.messages.until('audio', ({ event }) => event === 'media');
      await phone.play(AUDIO);
      await phone.play(new Uint8Array(1600).fill(0xff));
      await phone.hangup();
      await relay.idle();
      expect(stream.heard.includes(Buffer.from(AUDIO))).toBe(true);
      const times = stream.messages.all.flatMap(({ media }) =>
        media === undefined ? [] : Number(media.timestamp),
      );
      expect(times.every((time, i) => i === 0 || time - (times[i - 1] ?? 0) === 20)).toBe(true);
      // An echo of live audio may be late on a busy machine: silence between frames, never a byte of another value.
      const heard = Buffer.from(phone.recording.payload().filter((byte) => byte !== 0xff));
      expect(heard.includes(Buffer.from(AUDIO))).toBe(true);
      expect(relay.codes).toEqual([]);
    });

    test('a phone that is silent when nobody speaks: the clock jumps over it, and nothing counts as lost', async () => {
      await using handler = await TestHandler.start();
      await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999', isDtx: true });
      const stream = await handler.started();
      await phone.play(AUDIO);
      stream.play(AUDIO);
      stream.mark('a second of silence from the caller');
      await stream.messages.until('the mark', ({ mark }) => mark !== undefined);
      await phone.play(AUDIO);
      const [call] = [...relay.relay.calls];
      await phone.hangup();
      await relay.idle();
      const media = stream.messages.all.flatMap((message) => message.media ?? []);
      const gaps = media.map(
        ({ timestamp }, i) => Number(timestamp) - Number(media[i - 1]?.timestamp ?? timestamp),
      );
      expect(gaps.filter((gap) => gap > 20)).toHaveLength(1);
      expect(Math.max(...gaps)).toBeGreaterThan(800);
      expect(call?.media.receiver.reorderCounters).toMatchObject({ lost: 0, late: 0 });
    });

    test.each(['rfc4733', 'info'] as const)('keys by %s', async (mode) => {
      await using handler = await TestHandler.start();
      await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999' });
      const stream = await handler.started();
      await phone.sendDtmf('1#9', mode);
      await stream.messages.until('the last key', ({ dtmf }) => dtmf?.digit === '9');
      const digits = stream.messages.all.flatMap(({ dtmf }) => dtmf?.digit ?? []);
      expect(digits).toEqual(['1', '#', '9']);
      await phone.hangup();
      await relay.idle();
      // Asterisk ends a channel a moment after it was told to.
      await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    });

    test('an A-law phone is understood', async () => {
      await using handler = await TestHandler.start({ onMessage: echo });
      await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999', codec: 'alaw' });
      const stream = await handler.started();
      await stream.messages.until('audio', ({ event }) => event === 'media');
      await phone.play(AUDIO);
      await phone.hangup();
      await relay.idle();
      expect(stream.heard.length).toBeGreaterThan(AUDIO.length / 2);
      expect(relay.codes).toEqual([]);
    });
  });
});
