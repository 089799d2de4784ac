/** `patchcord-relay check`, the doctor, on real Asterisks: what it says and how it ends. */

import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import type { AsteriskShape } from '../rig/asterisk-config.ts';
import type { AsteriskMajor } from '../rig/asterisk-release.ts';
import { bindUdp, closeUdp, findTcpPort } from '../rig/free-ports.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { leaseRtpRange } from '../rig/rtp-range.ts';
import { TestHandler } from '../relay/handler.ts';
import { relayEnvironment, runCommand, type Environment } from './relay-process.ts';

const VARIANTS: readonly (readonly [AsteriskMajor, AsteriskShape])[] = [
  [22, 'mikopbx'],
  [16, 'plain'],
];

describe.each(VARIANTS)('Asterisk %i, %s', async (major, shape) => {
  const { available, reason = '' } = await requireAsterisk(major);

  describe.skipIf(!available)(`the doctor ${reason}`, () => {
    const stack = new AsyncDisposableStack();
    let pbx: AsteriskPbx;
    let good: Environment;
    let firstPort: number;
    beforeAll(async () => {
      pbx = stack.use(await startAsteriskPbx({ major, shape }));
      const handler = stack.use(await TestHandler.start());
      const ports = await leaseRtpRange('mikopbx');
      stack.defer(() => ports.release());
      ({ firstPort } = ports);
      good = {
        ...relayEnvironment(pbx),
        RTP_PORTS: `${firstPort}-${ports.lastPort}`,
        STREAM_URL: handler.streamUrl,
      };
    });
    afterAll(() => stack.disposeAsync());

    test('a good set-up: ticks only, exit code 0, and the modules are loaded on the way', async () => {
      const first = await runCommand(['check'], good);
      expect(first).toMatchObject({ exitCode: 0, stderr: '' });
      expect(first.stdout).toContain(`✓ ARI: Asterisk ${pbx.asterisk.version}`);
      const ariPath = shape === 'mikopbx' ? '/asterisk/ari' : '/ari';
      expect(first.stdout).toContain(` at ${pbx.ariUrl}${ariPath}\n`);
      for (const name of [
        'configuration',
        'Stasis()',
        'external media',
        'µ-law',
        'RTP ports',
        'handler',
      ]) {
        expect(first.stdout).toContain(`✓ ${name}: `);
      }
      expect(first.stdout).not.toContain('✗');
      expect(first.stdout).toContain('All good.');
      const loaded = 'loaded res_rtp_multicast.so and chan_rtp.so just now';
      expect(first.stdout.includes(loaded)).toBe(shape === 'mikopbx');
      const second = await runCommand(['check'], good);
      expect(second.stdout).toContain('✓ external media: chan_rtp.so is running');
    });

    test('as JSON', async () => {
      const { exitCode, stdout } = await runCommand(['check', '--json'], good);
      expect(exitCode).toBe(0);
      const { ok, findings } = JSON.parse(stdout);
      expect(ok).toBe(true);
      expect(findings).toHaveLength(10);
      expect(findings[0]).toEqual({ name: 'configuration', isGood: true, detail: 'complete' });
    });

    test.for<[string, Record<string, string>, string, RegExp]>([
      ['no token', { AUTH_TOKEN: '' }, 'configuration', /AUTH_TOKEN must be .*not set/],
      [
        'a wrong password',
        { ARI_PASSWORD: 'wrong-one' },
        'ARI',
        /→ correct ARI_USERNAME and ARI_P/,
      ],
      [
        'nobody at ARI_URL',
        { ARI_URL: '127.0.0.1:9' },
        'ARI',
        /→ check that Asterisk's HTTP server/,
      ],
      [
        'a handler that is away',
        { STREAM_URL: 'ws://127.0.0.1:9' },
        'handler',
        /→ start the handler/,
      ],
      [
        'an address of another machine',
        { RTP_HOST: '192.0.2.1' },
        'RTP ports',
        /→ RTP_HOST must be/,
      ],
    ])('%s: a cross with the fix, exit code 1', async ([, change, name, fix]) => {
      const { exitCode, stdout, stderr } = await runCommand(['check'], { ...good, ...change });
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
      const crosses = stdout.split('\n').filter((line) => line.startsWith('✗'));
      expect(crosses).toHaveLength(1);
      expect(crosses[0]).toContain(`✗ ${name}: `);
      expect(stdout).toMatch(fix);
      expect(stdout).toContain('Mend the crosses above');
      for (const secret of ['wrong-one', good['ARI_PASSWORD'], good['AUTH_TOKEN']]) {
        expect(stdout).not.toContain(secret);
      }
    });

    test('RTP ports that are taken', async () => {
      const other = await bindUdp(firstPort + (firstPort % 2));
      const { exitCode, stdout } = await runCommand(['check'], good);
      await closeUdp(other);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/✗ RTP ports: cannot bind .*EADDRINUSE/);
    });

    test('a web server that knows no ARI', async () => {
      const port = await findTcpPort();
      const server = createServer((_request, response) => response.writeHead(404).end('nothing'));
      server.listen(port, '127.0.0.1');
      const changed = { ...good, ARI_URL: `127.0.0.1:${port}` };
      const { exitCode, stdout } = await runCommand(['check'], changed);
      server.close();
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/✗ ARI: .*there is no ARI at \/ari or \/asterisk\/ari/);
      expect(stdout).toContain('→ MikoPBX: System, General settings, ARI, enable');
    });
  });
});
