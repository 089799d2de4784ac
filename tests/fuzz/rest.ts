/** Requests to Twilio's REST interface, over calls in memory. */

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { twilioRestRoutes } from '@patchcord/shared/twilio/rest/router';
import { MemoryCalls } from '../rest/memory-calls.ts';
import { measured } from './measured.ts';
import { anyText, floodOf, textOf } from './text.ts';

const ACCOUNT_SID = `AC${'1'.repeat(32)}`;
const AUTH_TOKEN = 'secret';

const NAMES = (
  'To From Url Method Twiml ApplicationSid FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod ' +
  'StatusCallbackEvent SendDigits Timeout Record RecordingChannels RecordingTrack RecordingStatusCallback ' +
  'RecordingStatusCallbackEvent Trim MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold AsyncAmd ' +
  'AsyncAmdStatusCallback TimeLimit CallerId Status Name Track Parameter1.Name Parameter1.Value Parameter99.Name PageSize ' +
  'Page PageToken StartTime StartTime< StartTime> EndTime ParentCallSid __proto__'
).split(' ');
const VALUES = [
  ['+15005550006', 'sip:a@b.example', 'client:c', 'true', '1', '999999999', '2026-11-22', 'x'],
  ['2026-11-22T10:00:00Z', 'completed', 'canceled', 'wss://a.example/c', 'https://a.example/'],
  ['Enable', 'DetectMessageEnd', 'both_tracks', '1w2', `CA${'a'.repeat(32)}`, 'PACA1', '%', '('],
].flat();

const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 2, arbitrary: anyText },
  { weight: 1, arbitrary: textOf(VALUES) },
  { weight: 1, arbitrary: floodOf([...VALUES, ' ', '.', '-', '@', 'T'], 30_000) },
);
const pairs = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 20 });

const CALL = `CA${'a'.repeat(32)}`;
const RECORDING = `RE${'a'.repeat(32)}`;
const PARTS = [
  ['Calls', 'Calls.json', 'Streams.json', 'Recordings', 'Recordings.json', CALL, RECORDING],
  [`${CALL}.json`, `${RECORDING}.wav`, '..', '%2e%2e', 'Calls.xml'],
].flat();
const part = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...PARTS),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1 }).map(encodeURIComponent) },
);
const path = fc.oneof(
  fc.constantFrom('/Calls.json', `/Calls/${CALL}.json`, `/Calls/${CALL}/Streams.json`),
  fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
  floodOf(['Calls/', '%2e', '../', 'a'], 8000).map((text) => `/${encodeURI(text)}`),
);
const method = fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD', 'PUT');

const reported: unknown[] = [];
const calls = new MemoryCalls(ACCOUNT_SID);
const routes = twilioRestRoutes({
  accountSid: ACCOUNT_SID,
  authToken: AUTH_TOKEN,
  control: calls,
  report: (error) => reported.push(error),
});
const authorization = `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}`;

export const rest = fc.asyncProperty(method, path, pairs, async (verb, where, parameters) => {
  forget();
  calls.add({ sid: CALL });
  const query = new URLSearchParams(parameters.map(([name, text]) => [name, text]));
  const url = `http://localhost/2010-04-01/Accounts/${ACCOUNT_SID}${where}`;
  const isPost = verb === 'POST';
  const [status, text] = await measured(async () => {
    const request = new Request(isPost ? url : `${url}?${query.toString()}`, {
      method: verb,
      headers: { Authorization: authorization },
      ...(isPost ? { body: query } : {}),
    });
    const response = await routes.fetch(request);
    return [response.status, await response.text()];
  });
  assert.deepEqual(reported, []);
  assert.ok(status < 500, `answered ${status}`);
  assert.ok(text.length < 200_000);
  // `..` leads out of what is Twilio's.
  const isTwilios = new URL(url).pathname.startsWith('/2010-04-01/');
  if (status < 400 || verb === 'HEAD' || !isTwilios) return;
  const { code, more_info: moreInfo, status: said } = JSON.parse(text) as Record<string, unknown>;
  assert.equal(said, status);
  assert.equal(moreInfo, `https://www.twilio.com/docs/errors/${String(code)}`);
});

/** What was asked for is of no interest, and must not fill the memory. */
function forget(): void {
  const { calls: all, streams, created, updated, streamRequests } = calls;
  for (const list of [all, streams, created, updated, streamRequests]) list.length = 0;
}
