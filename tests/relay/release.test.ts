/** What `pnpm bundle` makes is the whole relay: a call through it, with everything that is loaded late. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { twilioClient } from '../rest/twilio-client.ts';
import { loudest } from '../rig/loudest.ts';
import { RelayProcess } from '../e2e/relay-process.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';
import { toneFile } from './application.ts';
import { TestHandler } from './handler.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from './relay-under-test.ts';

const BUNDLE = fileURLToPath(new URL('../../relay/bundle.ts', import.meta.url));

test('a release answers, decodes a file in its thread, hangs up, and knows the call afterwards', async () => {
  await promisify(execFile)(process.execPath, [BUNDLE]);
  await using handler = await TestHandler.start({
    voice: (_form, path) =>
      path === '/tone.wav'
        ? { type: 'audio/wav', body: toneFile(1000, 800) }
        : { body: '<Response><Play>/tone.wav</Play><Hangup/></Response>' },
  });
  await using pbx = await startSimulatedPbx();
  await using relay = await RelayProcess.start(
    pbx,
    { VOICE_URL: handler.voiceUrl },
    { isRelease: true },
  );
  const phone = await pbx.dial({ extension: '999' });
  expect(await phone.ended).toMatchObject({ by: 'pbx' });
  expect(loudest(phone.recording.payload(), 1000)).toBeGreaterThan(0.8);
  await relay.logged('call ended');
  const url = `http://${relay.environment['HTTP_LISTEN']}`;
  const calls = await twilioClient(url, ACCOUNT_SID, AUTH_TOKEN).calls.list();
  expect(calls.map(({ status }) => status)).toEqual(['completed']);
  expect(await relay.stop()).toBe(0);
  expect(relay.stderr).toBe('');
});
