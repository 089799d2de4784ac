/** Payloads of any size, back to back, on a real Asterisk: the phone hears every byte and no other. Issue 2, "Done when" 6. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import type { AsteriskShape } from '../rig/asterisk-config.ts';
import type { AsteriskMajor } from '../rig/asterisk-release.ts';
import type { Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { TestHandler } from '../relay/handler.ts';
import { RelayProcess } from './relay-process.ts';

const SILENCE = 0xff;
/** Ten seconds. */
const BYTES_MIN = 80_000;
const PAYLOAD_BYTES_MAX = 12_000;
const PHONES = 3;

/** Sizes of one call's payloads: whole sentences beside crumbs, ten seconds and a little more. */
const sizes = fc
  .array(
    fc.oneof(fc.integer({ min: 1, max: PAYLOAD_BYTES_MAX }), fc.integer({ min: 1, max: 400 })),
    { minLength: 60, maxLength: 60, size: 'max' },
  )
  .map((all) => {
    let total = 0;
    return all.filter((size) => total < BYTES_MIN && (total += size) > 0);
  })
  .filter((all) => all.reduce((total, size) => total + size, 0) >= BYTES_MIN);

/** Bytes that tell where they belong, none of them silence. */
const calls = fc.array(fc.record({ sizes, seed: fc.nat(250) }), {
  minLength: PHONES,
  maxLength: PHONES,
});

function payloadBytes(length: number, seed: number): Buffer {
  // Products of two numbers that share nothing with 255: the row repeats only after 255 * 256 bytes.
  return Buffer.from(
    Uint8Array.from({ length }, (_, i) => (i * 7 + Math.floor(i / 255) * 13 + seed) % SILENCE),
  );
}

/** What was heard between the silence before and the silence after. */
function heardSound(phone: Phone): Buffer {
  const heard = Buffer.from(phone.recording.payload());
  const first = heard.findIndex((byte) => byte !== SILENCE);
  const last = heard.findLastIndex((byte) => byte !== SILENCE);
  return first === -1 ? Buffer.alloc(0) : heard.subarray(first, last + 1);
}

const VARIANTS: readonly (readonly [AsteriskMajor, AsteriskShape])[] = [
  [22, 'mikopbx'],
  [16, 'plain'],
];

describe.each(VARIANTS)('Asterisk %i, %s', async (major, shape) => {
  const { available, reason = '' } = await requireAsterisk(major);

  test.skipIf(!available)(`payloads of 1 to 12,000 bytes arrive exactly ${reason}`, async () => {
    await using handler = await TestHandler.start();
    await using pbx = await startAsteriskPbx({ major, shape });
    await using relay = await RelayProcess.start(pbx, { STREAM_URL: handler.streamUrl });
    await fc.assert(
      fc.asyncProperty(calls, async (plans) => {
        const heard = await Promise.all(
          await sequentially(plans, async (plan) => {
            const known = new Set(handler.streams.all);
            const phone = await pbx.dial({ extension: '999' });
            const stream = await handler.streams.until('a stream', (one) => !known.has(one));
            await stream.messages.until('start', ({ event }) => event === 'start');
            const bytes = payloadBytes(
              plan.sizes.reduce((a, b) => a + b, 0),
              plan.seed,
            );
            let offset = 0;
            for (const size of plan.sizes) stream.play(bytes.subarray(offset, (offset += size)));
            stream.mark('end');
            return async () => {
              await stream.messages.until('the end', ({ mark }) => mark !== undefined, 60_000);
              await expect.poll(() => heardSound(phone).length).toBe(bytes.length);
              await phone.hangup();
              return { isExact: heardSound(phone).equals(bytes), lost: phone.stats().lost };
            };
          }),
        );
        expect(heard).toEqual(plans.map(() => ({ isExact: true, lost: 0 })));
      }),
      { numRuns: 2, endOnFailure: true },
    );
    expect(relay.codes).toEqual([]);
    await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(await relay.stop()).toBe(0);
  });
});

/** Starts one after the other; what each answers then goes on together. */
async function sequentially<T, R>(
  items: readonly T[],
  start: (item: T) => Promise<() => Promise<R>>,
): Promise<Promise<R>[]> {
  const rest: (() => Promise<R>)[] = [];
  for (const item of items) rest.push(await start(item));
  return rest.map((goOn) => goOn());
}
