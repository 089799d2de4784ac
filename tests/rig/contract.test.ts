import { describe, expect, test } from 'vitest';
import { startAsteriskPbx } from './asterisk-pbx.ts';
import { requireAsterisk } from './requirement.ts';
import { runContract } from '../sim/contract-script.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';

const SHAPES = ['plain', 'mikopbx'] as const;

/** Where Asterisk 16 answers otherwise than 22, which the simulated PBX follows. */
const DIFFERENT_IN_16: Readonly<Record<string, string>> = {
  'external media without chan_rtp': '{"error":"Allocation failed"} in place of a message',
  'create bridge again': '200 and the bridge, where 22 answers 409',
  'external media in Stasis': 'the dial string has no codec',
  'external media, id taken': '409, where 22 answers 500',
  'external media, no port': 'other words',
  'external media, no host': 'other words',
  'external media, format': '400, where 22 answers 500',
  elsewhere: 'StasisEnd already shows the place that the channel goes on at',
  'wrong reason': 'other words',
  'caller gave up': 'no tech_cause',
};

async function simulate(shape: (typeof SHAPES)[number]) {
  await using pbx = await startSimulatedPbx({ shape });
  return await runContract(pbx, shape);
}

describe.for(SHAPES)('the contract, shape %s', async (shape) => {
  const modern = await requireAsterisk(22);
  test.skipIf(!modern.available)(
    `the simulated PBX is as Asterisk 22${modern.reason ?? ''}`,
    { timeout: 60_000 },
    async () => {
      await using pbx = await startAsteriskPbx({ major: 22, shape });
      const [real, simulated] = await Promise.all([runContract(pbx, shape), simulate(shape)]);
      expect(simulated.entries).toEqual(real.entries);
    },
  );

  const old = await requireAsterisk(16);
  test.skipIf(!old.available)(
    `Asterisk 16 differs where we know it does${old.reason ?? ''}`,
    { timeout: 60_000 },
    async () => {
      await using pbx = await startAsteriskPbx({ major: 16, shape });
      const [real, simulated] = await Promise.all([runContract(pbx, shape), simulate(shape)]);
      const wanted = new Map(simulated.entries.map(({ title, value }) => [title, value]));
      for (const { title, value } of real.entries) {
        if (title in DIFFERENT_IN_16) expect(value, title).not.toEqual(wanted.get(title));
        else expect(value, title).toEqual(wanted.get(title));
      }
    },
  );
});
