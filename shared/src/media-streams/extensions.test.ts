import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRelayMessage, decodeTwilioMessage, HandlerDecoder } from './decode.ts';
import { DEFAULT_DIALECT } from './dialect.ts';
import { CONNECTED_TEXT, encodeClear, StreamEncoder } from './encode.ts';
import {
  encodeHangup,
  encodePause,
  encodeSendDtmf,
  encodeTransfer,
  encodeUnpause,
  isPatchcord,
} from './extensions.ts';

const SID = 'MZ00';
const TRANSFER = { id: 't1', target: '+60312345678', kind: 'warm', timeoutSec: 30 } as const;

const FROM_EDGE: readonly [text: string, expected: string][] = [
  [encodePause(SID), '{"event":"pause","streamSid":"MZ00"}'],
  [encodeUnpause(SID), '{"event":"unpause","streamSid":"MZ00"}'],
  [
    encodeTransfer(SID, TRANSFER),
    '{"event":"transfer","streamSid":"MZ00","transfer":{"id":"t1","target":"+60312345678","kind":"warm","timeoutSec":30}}',
  ],
  [
    encodeTransfer(SID, { callerId: '201', timeoutSec: 5, kind: 'cold', target: '202', id: 'a' }),
    '{"event":"transfer","streamSid":"MZ00","transfer":{"id":"a","target":"202","kind":"cold","timeoutSec":5,"callerId":"201"}}',
  ],
  [encodeHangup(SID), '{"event":"hangup","streamSid":"MZ00","hangup":{}}'],
  [
    encodeHangup(SID, 'goodbye'),
    '{"event":"hangup","streamSid":"MZ00","hangup":{"reason":"goodbye"}}',
  ],
  [
    encodeSendDtmf(SID, '1w2#'),
    '{"event":"send-dtmf","streamSid":"MZ00","dtmf":{"digits":"1w2#"}}',
  ],
];

function newEncoder(): StreamEncoder {
  const identity = { accountSid: 'AC00', callSid: 'CA00', streamSid: SID, customParameters: {} };
  return new StreamEncoder({ ...identity, tracks: ['inbound'] }, DEFAULT_DIALECT);
}

function fromRelay(): readonly [text: string, expected: string][] {
  const encoder = newEncoder();
  return [
    [
      encoder.played({ samples: '123456', isPaused: false }),
      '{"event":"played","sequenceNumber":"1","streamSid":"MZ00","played":{"samples":"123456","isPaused":false}}',
    ],
    [
      encoder.played({ isPaused: true, cleared: '800', samples: '0' }),
      '{"event":"played","sequenceNumber":"2","streamSid":"MZ00","played":{"samples":"0","cleared":"800","isPaused":true}}',
    ],
    [
      encoder.transferred({ id: 't1', status: 'ringing' }),
      '{"event":"transferred","sequenceNumber":"3","streamSid":"MZ00","transferred":{"id":"t1","status":"ringing"}}',
    ],
    [
      encoder.transferred({ reason: 'busy', status: 'failed', id: 't1' }),
      '{"event":"transferred","sequenceNumber":"4","streamSid":"MZ00","transferred":{"id":"t1","status":"failed","reason":"busy"}}',
    ],
    [
      encoder.dtmfSent({ digits: '1w', status: 'sent' }),
      '{"event":"dtmf-sent","sequenceNumber":"5","streamSid":"MZ00","dtmf":{"digits":"1w","status":"sent"}}',
    ],
  ];
}

describe("the edge's messages", () => {
  test.each(FROM_EDGE)('%s is written in this order and read back', (text, expected) => {
    expect(text).toBe(expected);
    expect(new HandlerDecoder(SID, { hasExtensions: true }).decode(text)).toEqual({
      kind: 'extension',
      message: JSON.parse(text),
    });
  });

  test.each(FROM_EDGE)('%s of a handler that is not our edge is an unknown event', (text) => {
    expect(new HandlerDecoder(SID).decode(text)).toMatchObject({
      kind: 'failure',
      code: 'STREAM_UNKNOWN_EVENT',
      rule: expect.stringContaining('media, mark or clear'),
    });
  });

  test.each([
    ['pause of another stream', encodePause('MZ01'), 'STREAM_WRONG_SID', 'streamSid'],
    ['transfer of nothing', messageOf('transfer', undefined), 'STREAM_BAD_FIELD', 'transfer.id'],
    ['transfer without id', transfer({ id: '' }), 'STREAM_BAD_FIELD', 'transfer.id'],
    ['a long id', transfer({ id: 'x'.repeat(65) }), 'STREAM_BAD_FIELD', 'transfer.id'],
    ['no target', transfer({ target: undefined }), 'STREAM_BAD_FIELD', 'transfer.target'],
    ['a long target', transfer({ target: '1'.repeat(321) }), 'STREAM_BAD_FIELD', 'transfer.target'],
    ['another kind', transfer({ kind: 'hot' }), 'STREAM_BAD_FIELD', 'transfer.kind'],
    ['no time', transfer({ timeoutSec: 0 }), 'STREAM_BAD_FIELD', 'transfer.timeoutSec'],
    ['half a second', transfer({ timeoutSec: 0.5 }), 'STREAM_BAD_FIELD', 'transfer.timeoutSec'],
    ['too long', transfer({ timeoutSec: 601 }), 'STREAM_BAD_FIELD', 'transfer.timeoutSec'],
    ['time as text', transfer({ timeoutSec: '30' }), 'STREAM_BAD_FIELD', 'transfer.timeoutSec'],
    ['a caller ID of null', transfer({ callerId: null }), 'STREAM_BAD_FIELD', 'transfer.callerId'],
    ['hangup without hangup', messageOf('hangup', undefined), 'STREAM_BAD_FIELD', 'hangup'],
    ['a number as reason', messageOf('hangup', { reason: 1 }), 'STREAM_BAD_FIELD', 'hangup.reason'],
    ['no keys', encodeSendDtmf(SID, ''), 'STREAM_BAD_FIELD', 'dtmf.digits'],
    ['a key that is none', encodeSendDtmf(SID, '1 2'), 'STREAM_BAD_FIELD', 'dtmf.digits'],
    ['too many keys', encodeSendDtmf(SID, '1'.repeat(65)), 'STREAM_BAD_FIELD', 'dtmf.digits'],
    ['a message of the relay', fromRelay()[0]?.[0] ?? '', 'STREAM_UNKNOWN_EVENT', 'event'],
    ['__proto__', `{"event":"__proto__","streamSid":"MZ00"}`, 'STREAM_UNKNOWN_EVENT', 'event'],
  ])('%s is refused', (_name, text, code, field) => {
    const decoded = new HandlerDecoder(SID, { hasExtensions: true }).decode(text);
    expect(decoded).toMatchObject({ kind: 'failure', code, field });
  });

  test('a field that the relay does not know is ignored', () => {
    const text = JSON.stringify({ event: 'pause', streamSid: SID, since: 1 });
    const decoded = new HandlerDecoder(SID, { hasExtensions: true }).decode(text);
    expect(decoded).toMatchObject({ kind: 'extension', message: { event: 'pause' } });
  });

  test("a handler's own messages are what they were", () => {
    const decoded = new HandlerDecoder(SID, { hasExtensions: true }).decode(encodeClear(SID));
    expect(decoded).toEqual({ kind: 'clear' });
  });
});

function messageOf(event: string, body: unknown): string {
  return JSON.stringify({ event, streamSid: SID, [event]: body });
}

function transfer(changed: Readonly<Record<string, unknown>>): string {
  return messageOf('transfer', { ...TRANSFER, ...changed });
}

describe("the relay's messages", () => {
  test.each(fromRelay())('%s is written in this order and read back', (text, expected) => {
    expect(text).toBe(expected);
    expect(decodeRelayMessage(text)).toEqual({ kind: 'message', message: JSON.parse(text) });
  });

  test.each(fromRelay())('%s is unknown to a handler of Twilio', (text) => {
    expect(decodeTwilioMessage(text)).toMatchObject({ code: 'STREAM_UNKNOWN_EVENT' });
  });

  test.each([
    ['a number', { samples: 1, isPaused: false }, 'played.samples'],
    ['below zero', { samples: '-1', isPaused: false }, 'played.samples'],
    ['nothing of a pause', { samples: '1' }, 'played.isPaused'],
    ['cleared as a number', { samples: '1', cleared: 1, isPaused: false }, 'played.cleared'],
  ])('played with %s is refused', (_name, played, field) => {
    const text = JSON.stringify({ event: 'played', sequenceNumber: '1', streamSid: SID, played });
    expect(decodeRelayMessage(text)).toMatchObject({ kind: 'failure', field });
  });

  test("Twilio's own messages are read as ever", () => {
    expect(decodeRelayMessage(CONNECTED_TEXT)).toMatchObject({ kind: 'message' });
    expect(decodeRelayMessage(newEncoder().mark('a'))).toMatchObject({ kind: 'message' });
    expect(decodeRelayMessage('{"event":"pause"}')).toMatchObject({ code: 'STREAM_UNKNOWN_EVENT' });
  });
});

test('any text gives a value, never an exception', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(SID, '1', 'cold'));
  const event = fc.constantFrom('pause', 'transfer', 'hangup', 'send-dtmf', 'played', 'dtmf-sent');
  const body = fc.oneof(value, fc.record({ id: value, digits: value, samples: value }));
  const message = fc.record({
    event,
    streamSid: fc.constant(SID),
    transfer: body,
    dtmf: body,
    hangup: body,
    played: body,
  });
  fc.assert(
    fc.property(message, (object) => {
      const text = JSON.stringify(object);
      const decoder = new HandlerDecoder(SID, { hasExtensions: true });
      expect(decoder.decode(text).kind).toBeTypeOf('string');
      expect(decodeRelayMessage(text).kind).toBeTypeOf('string');
    }),
  );
});

test.each([
  ['1', true],
  ['2', false],
  ['1, 1', false],
  [['1'], false],
  [null, false],
  [undefined, false],
])('the header %j: %j', (value, expected) => {
  expect(isPatchcord(value)).toBe(expected);
});
