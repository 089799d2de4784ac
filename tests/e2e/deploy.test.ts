/** What operators copy: the systemd unit, the environment file and the sample dialplan are right, and stay so. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '@patchcord/relay/config';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import { NotAnswered } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { TestHandler } from '../relay/handler.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { hearsHuman, returnReasons } from './human.ts';
import { NotifySocket } from './notify-socket.ts';
import { RelayProcess } from './relay-process.ts';
import { report } from './report.ts';
import { requireSystemdTools } from './systemd-tools.ts';

const run = promisify(execFile);

const DEPLOY = new URL('../../deploy/', import.meta.url);
const CONFIG = new URL('../../relay/src/config.ts', import.meta.url);

/** systemd's own scale goes from 0 to 10, "OK" below 5. 1.3 by systemd 252; a later one may look at more. */
const EXPOSURE_MAX = 2;

const tools = await requireSystemdTools();
const asterisk = await requireAsterisk(22);

const deployFile = (name: string): Promise<string> => readFile(new URL(name, DEPLOY), 'utf8');

/** Settings of a unit file by name; of one that is repeated, all. */
function settings(unit: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [, name = '', value = ''] of unit.matchAll(/^(\w+)=(.*)$/gm)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

describe.skipIf(!tools.available)(`the systemd unit ${tools.reason ?? ''}`, () => {
  test('systemd-analyze verify finds nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchcord-unit-'));
    try {
      const unit = await deployFile('patchcord-relay.service');
      // Its binary and manual are not on this machine; what stands in for the binary is.
      const here = unit.replaceAll('/opt/patchcord/node/bin/node', process.execPath);
      expect(here).not.toBe(unit);
      const path = join(folder, 'patchcord-relay.service');
      await writeFile(path, here);
      const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', path]);
      const complaints = `${stdout}${stderr}`
        .split('\n')
        .filter((line) => line.includes('patchcord-relay.service'));
      expect(complaints).toEqual([]);

      // It would find something: a unit with a misspelt setting.
      await writeFile(path, here.replace('WatchdogSec', 'WatchdogSecs'));
      const bad = await run('systemd-analyze', ['verify', '--man=no', path]).catch(
        (error: { stderr: string }) => error,
      );
      expect(bad.stderr).toContain('WatchdogSecs');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('systemd-analyze security: hardly exposed', async () => {
    const path = new URL('patchcord-relay.service', DEPLOY).pathname;
    const { stdout } = await run('systemd-analyze', [
      'security',
      '--offline=true',
      '--no-pager',
      path,
    ]);
    const exposure = Number(/Overall exposure level for .*: ([\d.]+)/.exec(stdout)?.[1]);
    report('systemd-exposure', { exposure, bound: EXPOSURE_MAX });
    expect(exposure).toBeLessThanOrEqual(EXPOSURE_MAX);
  });

  test('it agrees with the relay', async () => {
    const unit = settings(await deployFile('patchcord-relay.service'));
    const { drainMs } = parseConfig({
      ARI_USERNAME: 'relay',
      ARI_PASSWORD: 'x',
      STREAM_URL: 'ws://127.0.0.1/',
      ACCOUNT_SID,
      AUTH_TOKEN,
    });
    // systemd would kill the calls that are still allowed to go on.
    expect(Number(unit.get('TimeoutStopSec'))).toBeGreaterThanOrEqual(drainMs / 1000 + 10);
    expect(unit.get('RestartPreventExitStatus')).toEqual(['78']);
    expect(unit.get('ExecStart')?.[0]).toMatch(/\/relay\/src\/main\.ts run$/);
    // V8 does not live with it.
    expect(unit.get('MemoryDenyWriteExecute')).toEqual(['no']);
  });

  test('Type=notify: READY, WATCHDOG, STOPPING, and WATCHDOG again while it drains', async () => {
    await using socket = await NotifySocket.start();
    await using handler = await TestHandler.start();
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'plain' });
    const environment = {
      STREAM_URL: handler.streamUrl,
      NOTIFY_SOCKET: socket.path,
      WATCHDOG_USEC: '1000000',
    };
    await using relay = await RelayProcess.start(pbx, environment);
    await socket.received('READY=1');
    await socket.received('WATCHDOG=1');
    const phone = await pbx.dial({ extension: '999' });
    await handler.started();
    relay.signal('SIGTERM');
    await socket.received('STOPPING=1');
    await socket.received('STATUS=draining 1 calls');
    // Draining takes minutes, and systemd's watchdog goes on.
    const fed = socket.messages.all.filter((one) => one === 'WATCHDOG=1').length;
    await expect
      .poll(() => socket.messages.all.filter((one) => one === 'WATCHDOG=1').length, {
        timeout: 5000,
      })
      .toBeGreaterThan(fed);
    await phone.hangup();
    expect(await relay.exited).toBe(0);
    expect(relay.stderr).toBe('');
  });
});

describe('relay.env.example', () => {
  test('has every variable of the relay, and no other', async () => {
    const source = await readFile(CONFIG, 'utf8');
    const known = source.matchAll(
      /(?:reader\.(?:text|required|integer|url)\(|(?:readWebhook|readEndpoint)\(reader, |digits\()\s*'([A-Z_]+)'/g,
    );
    const example = await deployFile('relay.env.example');
    const shown = example.matchAll(/^#?([A-Z_]+)=/gm);
    const names = (found: Iterable<RegExpExecArray>) =>
      [...new Set([...found].map(([, name]) => name))].toSorted((a = '', b = '') =>
        a.localeCompare(b),
      );
    // systemd's own, which stands for DATA_DIRECTORY there.
    const ours = names(known).filter((name) => name !== 'STATE_DIRECTORY');
    expect(names(shown)).toEqual(ours);
  });

  test('the defaults it shows are the defaults', async () => {
    const example = await deployFile('relay.env.example');
    const filled = {
      ...parseEnv(example),
      ARI_PASSWORD: 'x',
      ACCOUNT_SID,
      AUTH_TOKEN,
    };
    const spelledOut = parseEnv(example.replaceAll(/^#([A-Z_]+=)/gm, '$1'));
    expect(parseConfig({ ...spelledOut, ...filled, STREAM_URL: undefined })).toEqual(
      parseConfig(filled),
    );
  });
});

describe.skipIf(!asterisk.available)(`the sample dialplan ${asterisk.reason ?? ''}`, () => {
  test('on a real Asterisk: to the relay, and without it to the human', async () => {
    const sample = await deployFile('asterisk/extensions.conf');
    const human = 'Dial(PJSIP/200,45)';
    expect(sample).toContain(human);
    const dialplan = `${sample.replace(human, 'Goto(human,s,1)')}\n[from-phone](+)\ninclude => patchcord\n`;
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'mikopbx', dialplan });
    const loaded = await pbx.asterisk.cli('dialplan show 800@from-phone');
    expect(loaded).toContain('Stasis(patchcord,inbound)');

    const early = await pbx.dial({ extension: '800' });
    await hearsHuman(early);
    expect(await returnReasons(pbx)).toEqual(['']);
    await early.hangup();

    await using handler = await TestHandler.start();
    await using relay = await RelayProcess.start(pbx, {
      STREAM_URL: handler.streamUrl,
      MAX_CALLS: '1',
    });
    const phone = await pbx.dial({ extension: '800' });
    await handler.started();
    const second = await pbx.dial({ extension: '800' });
    await hearsHuman(second);
    expect(await returnReasons(pbx)).toEqual(['busy']);
    await Promise.all([phone.hangup(), second.hangup()]);
    await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(await relay.stop()).toBe(0);
  });

  test('as it is, Asterisk reads it without a complaint, and a human who is away ends the call in good order', async () => {
    const sample = await deployFile('asterisk/extensions.conf');
    const dialplan = `${sample}\n[from-phone](+)\ninclude => patchcord\n`;
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'plain', dialplan });
    const log = await readFile(pbx.asterisk.logFile, 'utf8');
    expect(log.split('\n').filter((line) => /pbx_config|extensions\.conf/.test(line))).toEqual([]);
    const end = await pbx.dial({ extension: '800' }).then(
      (phone) => phone.ended,
      (error: unknown) => (error instanceof NotAnswered ? error.end : Promise.reject(error)),
    );
    expect(['pbx', 'rejected']).toContain(end.by);
    await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });
});
