/** `patchcord-relay call NUMBER`, with a relay that runs, a real Asterisk and a provider. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestHandler } from '../relay/handler.ts';
import { OUTBOUND } from '../relay/application.ts';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { trunkNumber } from '../rig/trunk-number.ts';
import { startTrunk, type AsteriskTrunk } from '../rig/trunk.ts';
import { RelayProcess, runCommand, type CommandResult } from './relay-process.ts';

const { available, reason = '' } = await requireAsterisk(22);

describe.skipIf(!available)(`the command that places a call ${reason}`, () => {
  const stack = new AsyncDisposableStack();
  let trunk: AsteriskTrunk;
  let relay: RelayProcess;

  beforeAll(async () => {
    trunk = stack.use(await startTrunk());
    const { account } = trunk;
    const pbx = stack.use(await startAsteriskPbx({ major: 22, shape: 'mikopbx', trunk: account }));
    const handler = stack.use(
      await TestHandler.start({
        voice: { body: '<Response><Pause length="1"/><Hangup/></Response>' },
      }),
    );
    relay = stack.use(
      await RelayProcess.start(pbx, {
        ...OUTBOUND,
        OUTBOUND_CALLER_IDS: '+15550001000',
        VOICE_URL: handler.voiceUrl,
      }),
    );
  });
  afterAll(() => stack.disposeAsync());

  const call = (...args: string[]): Promise<CommandResult> =>
    runCommand(['call', ...args], relay.environment);

  test('answered and completed: every status it saw, the length, exit code 0', async () => {
    const number = trunkNumber({ kind: 'silence', ringMs: 1500 });
    const { exitCode, stdout, stderr } = await call(`+${number}`);
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/^CA[0-9a-f]{32} /, ''))).toEqual([
      'queued',
      'ringing',
      'in-progress',
      'completed',
      '1 s',
    ]);
    expect(await trunk.endedCall(number)).toMatchObject({
      asserted: '+15550001000',
      endedBy: 'customer',
    });
  });

  test('busy: exit code 1; as JSON, the call as REST shows it', async () => {
    const number = trunkNumber({ kind: 'busy' });
    const { exitCode, stdout, stderr } = await call(`+${number}`, '--json');
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'busy',
      to: `+${number}`,
      from: '+15550001000',
      direction: 'outbound-api',
      duration: '0',
    });
  });

  test.each([
    ['an emergency number', ['999'], '21216'],
    ['a number that is not allowed', ['+60123456789'], '21215'],
    ['something that is no number', ['PJSIP/201@trunk'], '21211'],
    ['a caller ID that is not ours', [`+${trunkNumber({ kind: 'echo' })}`, '--from', '+1'], '212'],
  ])('%s: not dialled, why, exit code 1', async (_name, args, twilioCode) => {
    const before = (await trunk.calls()).length;
    const { exitCode, stdout, stderr } = await call(...args);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('CALL_REFUSED');
    expect(stderr).toContain(`Twilio error ${twilioCode}`);
    expect(await trunk.calls()).toHaveLength(before);
  });

  test('no relay runs: says so, exit code 1', async () => {
    const environment = { ...relay.environment, HTTP_LISTEN: '127.0.0.1:9' };
    const result = await runCommand(['call', '201'], environment);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toContain('RELAY_AWAY');
    expect(result.stderr).toContain('127.0.0.1:9');
  });

  test('nobody to show as caller: wrong configuration, exit code 78', async () => {
    const environment = { ...relay.environment, OUTBOUND_CALLER_IDS: '' };
    const result = await runCommand(['call', '201'], environment);
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    expect(result.stderr).toContain('--from');
  });

  test('the relay has nothing to complain about', async () => {
    expect((await relay.metrics()).of('rtp_ports_taken')).toBe(0);
    expect(relay.codes).toEqual([]);
    expect(await relay.stop()).toBe(0);
  });
});
