import { describe, expect, test } from 'vitest';
import { startAsteriskPbx } from './asterisk-pbx.ts';
import type { AsteriskMajor } from './asterisk-release.ts';
import { requireAsterisk } from './requirement.ts';
import { startTrunk } from './trunk.ts';
import { runOutboundContract } from '../sim/outbound-contract-script.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';

const SHAPES = ['plain', 'mikopbx'] as const;

/** Where Asterisk 16 does otherwise than 22, which the simulated PBX follows; besides, 16 knows no `tech_cause`. */
const DIFFERENT_IN_16 = [
  [/rings, timeout, events$|mute, timeout, events$/, 'cause 0, "Unknown"'],
  [/timeout, seen$/, 'no cause in the CANCEL'],
  [/rejects 603, events$/, 'believes the Reason header, cause 16, over the status'],
  [/^Local: hangs up, events$/, 'cause 0 where 22 says 16'],
  [/^desk hung up$|^hung up while playing$/, 'cause 16 where 22 says 0: a BYE without a Reason'],
  [
    /cancelled\?reason_code=17, (events|events, Dial|seen)$/,
    'knows no reason_code: normal clearing',
  ],
] as const;

async function runReal(major: AsteriskMajor, shape: (typeof SHAPES)[number]) {
  await using trunk = await startTrunk();
  await using pbx = await startAsteriskPbx({ major, shape, trunk: trunk.account });
  return await runOutboundContract(pbx, trunk, shape);
}

async function simulate(shape: (typeof SHAPES)[number]) {
  await using pbx = await startSimulatedPbx({ shape });
  return await runOutboundContract(pbx, pbx.trunk, shape);
}

function withoutTechCause(value: unknown): unknown {
  const text = JSON.stringify(value, (name, inner: unknown) =>
    name === 'tech_cause' ? undefined : inner,
  );
  return JSON.parse(text);
}

describe.for(SHAPES)('calls that the PBX places, shape %s', async (shape) => {
  const modern = await requireAsterisk(22);
  test.skipIf(!modern.available)(
    `the simulated PBX is as Asterisk 22${modern.reason ?? ''}`,
    { timeout: 120_000 },
    async () => {
      const [real, simulated] = await Promise.all([runReal(22, shape), simulate(shape)]);
      expect(simulated.entries).toEqual(real.entries);
    },
  );

  const old = await requireAsterisk(16);
  test.skipIf(!old.available)(
    `Asterisk 16 differs where we know it does${old.reason ?? ''}`,
    { timeout: 120_000 },
    async () => {
      const [real, simulated] = await Promise.all([runReal(16, shape), simulate(shape)]);
      const wanted = new Map(simulated.entries.map(({ title, value }) => [title, value]));
      const isKnown = (title: string) => DIFFERENT_IN_16.some(([pattern]) => pattern.test(title));
      const common = real.entries.filter(({ title }) => !isKnown(title));
      expect(common.map(({ title, value }) => ({ title, value: withoutTechCause(value) }))).toEqual(
        common.map(({ title }) => ({ title, value: withoutTechCause(wanted.get(title)) })),
      );
    },
  );
});
