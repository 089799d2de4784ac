/** Form bodies: as they come over the network, and every way in which they are looked at. */

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { TwilioError } from '@patchcord/shared/twilio/call-control';
import { FORM_BYTES_MAX, readForm, type Form } from '@patchcord/shared/twilio/rest/form';
import { measured } from './measured.ts';
import { damaged, floodOf, textOf } from './text.ts';

const PIECES = [
  ['To=', 'From=', 'Url=', 'Twiml=', 'StatusCallbackEvent=', 'Parameter1.Name=', 'Timeout='],
  [
    '&',
    '=',
    '+',
    '%',
    '%00',
    '%zz',
    '%F0%9F',
    '%C3%28',
    '%2B1555',
    ' ',
    ';',
    '\n',
    '[]',
    '__proto__=',
  ],
  ['initiated', 'true', '600', 'https://a.example/', '&&', '==', '\u{1F600}'],
].flat();

const pairs = fc
  .array(fc.tuple(fc.string({ maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 100 })))
  .map((all) => new URLSearchParams(all).toString());
const text = fc.oneof(pairs, damaged(pairs, PIECES), textOf(PIECES), floodOf(PIECES, 90_000));
const body = fc.oneof(
  text.map((each) => new TextEncoder().encode(each)),
  fc.uint8Array({ maxLength: 2000 }),
);

const type = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/x-www-form-urlencoded; charset=UTF-8') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'application/x-www-form-urlencodedx', 'application/json', ';'),
  },
);

export const forms = fc.asyncProperty(body, type, (bytes, contentType) =>
  measured(async () => {
    const headers = contentType === '' ? undefined : { 'Content-Type': contentType };
    const init = { method: 'POST', body: Uint8Array.from(bytes) };
    const request = new Request('http://localhost/', headers ? { ...init, headers } : init);
    const form = await orRefusal(() => readForm(request));
    if (form === undefined) return;
    assert.ok(bytes.length <= FORM_BYTES_MAX);
    for (const name of ['To', 'Timeout', 'Url', 'Record', 'StatusCallbackEvent', '__proto__']) {
      await lookAt(form, name);
    }
    form.names('Parameter');
  }),
);

async function lookAt(form: Form, name: string): Promise<void> {
  form.text(name);
  form.raw(name);
  const looks: (() => unknown)[] = [
    () => form.integer(name, 1, 600),
    () => form.isTrue(name),
    () => form.oneOf(name, ['initiated', 'ringing']),
    () => form.listOf(name, ['initiated', 'ringing']),
    () => form.webhook(name, 'Method'),
  ];
  for (const look of looks) await orRefusal(look);
}

/** Undefined for a refusal in Twilio's shape; everything else that is thrown is a bug. */
async function orRefusal<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TwilioError)) throw error;
    assert.ok(error.status >= 400 && error.status < 500);
    assert.ok(error.message.length < 1000);
    return undefined;
  }
}
