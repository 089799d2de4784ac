import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AsteriskShape } from './asterisk-config.ts';
import type { AsteriskMajor } from './asterisk-release.ts';
import { startAsteriskPbx } from './asterisk-pbx.ts';
import { startAsterisk } from './asterisk.ts';
import { installAsterisk } from './install.ts';
import { NotAnswered } from './phone.ts';
import { requireAsterisk } from './requirement.ts';
import { toneLevel } from './tone-level.ts';

const VARIANTS: readonly (readonly [AsteriskMajor, AsteriskShape])[] = [
  [22, 'plain'],
  [22, 'mikopbx'],
  [16, 'plain'],
  [16, 'mikopbx'],
];

const both = [await requireAsterisk(22), await requireAsterisk(16)];
const isAvailable = both.every(({ available }) => available);
const reason = both.map((one) => one.reason ?? '').join(' ');

/** Bytes without a period, all codes of µ-law among them. */
function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff);
}

describe.skipIf(!isAvailable)(`real Asterisk ${reason}`, () => {
  test('four run side by side and leave nothing behind', async () => {
    const started = await Promise.all(
      VARIANTS.map(([major, shape]) => startAsterisk({ major, shape })),
    );
    const ports = started.map(({ ariUrl }) => ariUrl);
    expect(new Set(ports).size).toBe(4);
    for (const asterisk of started) {
      const [major] = asterisk.version.split('.');
      expect(Number(major)).toBe(asterisk.major);
      expect(await asterisk.channelCount()).toBe(0);
      expect(await asterisk.bridgeCount()).toBe(0);
      const modules = await asterisk.cli('module show like chan_rtp');
      expect(modules.includes('chan_rtp.so')).toBe(asterisk.shape === 'plain');
      const path = asterisk.shape === 'plain' ? '/ari' : '/asterisk/ari';
      const response = await fetch(`${asterisk.ariUrl}${path}/asterisk/ping`);
      expect(response.status).toBe(401);
    }

    await Promise.all(started.map((asterisk) => asterisk.stop()));
    for (const asterisk of started) {
      expect(existsSync(`/proc/${asterisk.pid}`)).toBe(false);
      const installation = await installAsterisk(asterisk.major);
      if (!installation.available) throw new Error(installation.reason);
      const mine = readdirSync(join(installation.root, 'patchcord-run')).filter((name) =>
        name.startsWith(`${process.pid}-`),
      );
      expect(mine).toEqual([]);
    }
  });

  test('it ends with the process that started it, however that one dies', async () => {
    const script = `
      const { startAsterisk } = await import(${JSON.stringify(import.meta.resolve('./asterisk.ts'))});
      const asterisk = await startAsterisk({ major: 22, shape: 'plain' });
      console.log(JSON.stringify({ pid: asterisk.pid, logFile: asterisk.logFile }));
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(owner.stdout.setEncoding('utf8'), 'data')) as [string];
    const { pid, logFile } = JSON.parse(line) as { pid: number; logFile: string };
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    expect(existsSync(logFile)).toBe(true);
    owner.kill('SIGKILL');
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => existsSync(logFile), { timeout: 10_000 }).toBe(false);
  });

  test('a media WebSocket can be had in the plain shape of 22', async () => {
    await using asterisk = await startAsterisk({ major: 22, shape: 'plain' });
    expect(await asterisk.cli('module show like chan_websocket')).toContain('Running');
    expect(await asterisk.cli('http show status')).toContain('/media');
  });

  test.for(VARIANTS)('an echo comes back byte for byte, Asterisk %i %s', async ([major, shape]) => {
    await using pbx = await startAsteriskPbx({ major, shape });
    const audio = noise(8000);
    await Promise.all(
      ([10, 20, 30, 40] as const).map(async (ptimeMs) => {
        const phone = await pbx.dial({ extension: '600', ptimeMs, callerNumber: `1${ptimeMs}` });
        await phone.play(audio);
        await expect.poll(() => indexOf(phone.recording.payload(), audio)).toBeGreaterThan(-1);
        expect(phone.stats()).toMatchObject({ lost: 0, duplicate: 0, reordered: 0 });
        // On the wall clock too: what was said and what was heard differ by the way through the PBX. A machine that
        // stalled for 100 ms and more has a gap in what was said, and says nothing about that way; a shorter stall is in
        // the longest gap that the phone heard, and is not the PBX's.
        const said = indexOf(phone.recording.spoken(), audio);
        if (said >= 0) {
          const heard = indexOf(phone.recording.heard(), audio);
          expect(heard - said).toBeGreaterThan(-8 * 20);
          expect(heard - said).toBeLessThan(8 * (200 + phone.stats().gapMsMax));
        }
        await phone.hangup();
        expect(await phone.ended).toEqual({ by: 'phone' });
      }),
    );
    await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('calls end as the dialplan says', async () => {
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'plain' });
    const busy = pbx.dial({ extension: '604' });
    await expect(busy).rejects.toThrow(NotAnswered);
    const nobody = await pbx.dial({ extension: '777', until: 'sent' });
    expect(await nobody.ended).toEqual({ by: 'rejected', status: 404 });
    const brief = await pbx.dial({ extension: '605' });
    expect(await brief.ended).toEqual({ by: 'pbx', cause: 16 });
    const ringing = await pbx.dial({ extension: '603', until: 'sent' });
    await ringing.hangup();
    expect(await ringing.ended).toEqual({ by: 'phone', status: 487 });
  });

  test('without the application the human answers, in µ-law and A-law', async () => {
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'mikopbx' });
    for (const codec of ['ulaw', 'alaw'] as const) {
      const phone = await pbx.dial({ extension: '999', codec });
      await expect.poll(() => toneLevel(phone.recording.payload(), 1000)).toBeGreaterThan(0.9);
      await phone.hangup();
    }
  });

  test('a phone without anything to say sends nothing when asked to', async () => {
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'plain' });
    const phone = await pbx.dial({ extension: '600', isDtx: true });
    await phone.play(noise(1600));
    expect(phone.sentPackets).toBe(10);
    await expect.poll(() => phone.stats().received).toBe(10);
    await phone.hangup();
  });
});

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes).indexOf(part);
}
