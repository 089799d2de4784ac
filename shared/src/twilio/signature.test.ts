import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTwilioSignature, signTwilioRequest } from './signature.ts';

const FORM = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675310',
  Digits: '1234',
  From: '+14158675310',
  To: '+18005551212',
};

test.each([
  [
    "Twilio's own example",
    '12345',
    'https://example.com/myapp.php?foo=1&bar=2',
    FORM,
    'L/OH5YylLD5NRKLltdqwSvS0BnU=',
  ],
  [
    'a media socket',
    '12345678901234567890123456789012',
    'wss://example.com/media-stream',
    {},
    'GHgmyiYjXXt1mY6tFNAeMt7+4+k=',
  ],
])('%s', async (_name, token, url, params, expected) => {
  expect(await signTwilioRequest(token, url, params)).toBe(expected);
  expect(await isTwilioSignature(token, expected, url, params)).toBe(true);
});

test('repeated values are unique and sorted, each with its key', async () => {
  const once = await signTwilioRequest('token', 'https://a/', { k: ['b', 'a', 'b'] });
  expect(await isTwilioSignature('token', once, 'https://a/', { k: ['a', 'b'] })).toBe(true);
});

test.each([
  ['another token', 'other', 'L/OH5YylLD5NRKLltdqwSvS0BnU=', FORM],
  ['a changed value', '12345', 'L/OH5YylLD5NRKLltdqwSvS0BnU=', { ...FORM, To: '+18005551213' }],
  ['one byte changed', '12345', 'L/OH5YylLD5NRKLltdqwSvS0BnQ=', FORM],
  ['empty', '12345', '', FORM],
  ['not base64', '12345', '%%%', FORM],
])('%s is refused', async (_name, token, signature, params) => {
  const url = 'https://example.com/myapp.php?foo=1&bar=2';
  expect(await isTwilioSignature(token, signature, url, params)).toBe(false);
});

test('any text as a signature gives an answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (signature) => {
      expect(await isTwilioSignature('token', signature, 'https://a/')).toBe(false);
    }),
  );
});
