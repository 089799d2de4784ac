import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeTwilioMessage, HandlerDecoder, type HandlerDecoded } from './decode.ts';
import { DEFAULT_DIALECT } from './dialect.ts';
import {
  CONNECTED_TEXT,
  encodeClear,
  encodeHandlerMedia,
  encodeMarkRequest,
  StreamEncoder,
} from './encode.ts';
import { MESSAGE_BYTES_MAX } from './limits.ts';

const SID = `MZ${'0'.repeat(32)}`;

function decodeHandlerMessage(text: string, streamSid: string): HandlerDecoded {
  return new HandlerDecoder(streamSid).decode(text);
}

describe("a handler's messages", () => {
  test.each([
    [
      'media',
      encodeHandlerMedia(SID, Uint8Array.of(1, 2, 3)),
      { kind: 'media', mulaw: Uint8Array.of(1, 2, 3) },
    ],
    [
      'media of no bytes',
      encodeHandlerMedia(SID, new Uint8Array()),
      { kind: 'media', mulaw: new Uint8Array() },
    ],
    ['mark', encodeMarkRequest(SID, '{"a":"\\""}'), { kind: 'mark', name: '{"a":"\\""}' }],
    ['clear', encodeClear(SID), { kind: 'clear' }],
    [
      'a field nobody asked for (nova-sonic sends track)',
      `{"event":"media","streamSid":"${SID}","media":{"track":"outbound","payload":"/w=="}}`,
      { kind: 'media', mulaw: Uint8Array.of(0xff), extraField: 'media.track' },
    ],
    [
      'a field too many beside the event',
      `{"event":"clear","streamSid":"${SID}","clear":{}}`,
      { kind: 'clear', extraField: 'clear' },
    ],
    [
      'a field too many in a mark',
      `{"event":"mark","streamSid":"${SID}","mark":{"name":"a","__proto__":1}}`,
      { kind: 'mark', name: 'a', extraField: 'mark.__proto__' },
    ],
  ])('%s', (_name, text, expected) => {
    expect(decodeHandlerMessage(text, SID)).toEqual(expected);
  });

  test.each([
    ['not JSON', '{', 'STREAM_NOT_JSON'],
    ['empty', '', 'STREAM_NOT_JSON'],
    ['an array', '[]', 'STREAM_NOT_JSON'],
    ['null', 'null', 'STREAM_NOT_JSON'],
    ['no event', '{}', 'STREAM_UNKNOWN_EVENT'],
    ['an unknown event', `{"event":"hello","streamSid":"${SID}"}`, 'STREAM_UNKNOWN_EVENT'],
    ['__proto__', `{"event":"__proto__","streamSid":"${SID}"}`, 'STREAM_UNKNOWN_EVENT'],
    ['no streamSid', '{"event":"clear"}', 'STREAM_WRONG_SID'],
    ['another streamSid', '{"event":"clear","streamSid":"MZ1"}', 'STREAM_WRONG_SID'],
    ['stream_sid (gptme)', `{"event":"clear","stream_sid":"${SID}"}`, 'STREAM_WRONG_SID'],
    [
      'a mark without mark (realtime-twilio-demo)',
      `{"event":"mark","streamSid":"${SID}"}`,
      'STREAM_BAD_FIELD',
    ],
    [
      'a mark without a name',
      `{"event":"mark","streamSid":"${SID}","mark":{}}`,
      'STREAM_BAD_FIELD',
    ],
    [
      'a name that is a number',
      `{"event":"mark","streamSid":"${SID}","mark":{"name":1}}`,
      'STREAM_BAD_FIELD',
    ],
    ['a name without end', encodeMarkRequest(SID, 'x'.repeat(5000)), 'STREAM_BAD_FIELD'],
    ['media without media', `{"event":"media","streamSid":"${SID}"}`, 'STREAM_BAD_FIELD'],
    [
      'media without payload',
      `{"event":"media","streamSid":"${SID}","media":{}}`,
      'STREAM_BAD_FIELD',
    ],
    [
      'payload that is no base64',
      `{"event":"media","streamSid":"${SID}","media":{"payload":"*"}}`,
      'STREAM_NOT_BASE64',
    ],
    ['10 MB', `"${'x'.repeat(MESSAGE_BYTES_MAX)}"`, 'STREAM_TOO_LARGE'],
  ])('%s is refused with a code and a rule', (_name, text, code) => {
    const decoded = decodeHandlerMessage(text, SID);
    expect(decoded).toMatchObject({ kind: 'failure', code });
    expect(decoded).toHaveProperty('rule', expect.stringMatching(/.{10,300}/));
  });

  test('any text gives a value, never an exception', () => {
    const anyText = fc.oneof(fc.string(), fc.json(), nearlyRight());
    fc.assert(fc.property(anyText, (text) => decodeHandlerMessage(text, SID).kind.length > 0));
    fc.assert(fc.property(anyText, (text) => decodeTwilioMessage(text).kind.length > 0));
  });
});

function nearlyRight(): fc.Arbitrary<string> {
  const value = fc.oneof(fc.jsonValue(), fc.constant(SID));
  return fc
    .record({
      event: fc.oneof(fc.constantFrom('media', 'mark', 'clear', 'start', 'stop', 'dtmf'), value),
      streamSid: value,
      media: fc.oneof(fc.record({ payload: value }), value),
      mark: fc.oneof(fc.record({ name: value }), value),
      start: value,
    })
    .map((object) => JSON.stringify(object));
}

test.each(['[', '{"a":', '[],', '1,'])('as much as fits of %s takes no time', (part) => {
  const text = `{"event":"clear","streamSid":"${SID}","x":[${part}`.padEnd(MESSAGE_BYTES_MAX, part);
  const before = process.threadCpuUsage();
  const decoded = decodeHandlerMessage(text, SID);
  const { user, system } = process.threadCpuUsage(before);
  expect(decoded).toMatchObject({ kind: 'failure', code: 'STREAM_NOT_JSON' });
  expect((user + system) / 1000).toBeLessThan(50);
});

test('ten minutes of audio in one message are read, with slashes escaped too', () => {
  const text = encodeHandlerMedia(SID, new Uint8Array(10 * 60 * 8000).fill(0xff));
  expect(text).toContain('////');
  const sparse = encodeHandlerMedia(
    SID,
    Uint8Array.from({ length: 4_800_000 }, (_, i) => i * 7),
  );
  for (const each of [text, sparse.replaceAll('/', '\\/')]) {
    expect(decodeHandlerMessage(each, SID)).toMatchObject({ kind: 'media' });
  }
});

describe("Twilio's messages", () => {
  const encoder = new StreamEncoder(
    {
      accountSid: 'AC1',
      callSid: 'CA1',
      streamSid: SID,
      customParameters: { name: 'value' },
      tracks: ['inbound'],
    },
    DEFAULT_DIALECT,
  );

  test.each([
    ['connected', CONNECTED_TEXT],
    ['start', encoder.start()],
    ['media', encoder.media('inbound', 'AA==', 155)],
    ['mark', encoder.mark('"\n')],
    ['dtmf', encoder.dtmf('#')],
    ['stop', encoder.stop()],
  ])('%s is read back as it was written', (event, text) => {
    const decoded = decodeTwilioMessage(text);
    expect(decoded).toEqual({ kind: 'message', message: JSON.parse(text) });
    expect(decoded).toHaveProperty('message.event', event);
  });

  test.each([
    [
      'a number for sequenceNumber',
      '{"event":"dtmf","streamSid":"MZ","sequenceNumber":1,"dtmf":{"digit":"1"}}',
      'sequenceNumber',
    ],
    ['no start', '{"event":"start","streamSid":"MZ","sequenceNumber":"1"}', 'start.accountSid'],
    ['constructor', '{"event":"constructor"}', 'event'],
  ])('%s is refused and the field named', (_name, text, field) => {
    expect(decodeTwilioMessage(text)).toMatchObject({ kind: 'failure', field });
  });
});
