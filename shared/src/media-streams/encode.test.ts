import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandlerDecoder } from './decode.ts';
import { DEFAULT_DIALECT } from './dialect.ts';
import { encodeHandlerMedia, StreamEncoder } from './encode.ts';

const IDENTITY = {
  accountSid: 'AC00',
  callSid: 'CA00',
  streamSid: 'MZ00',
  customParameters: {},
  tracks: ['inbound'],
} as const;

test('the bytes, key order and counters of the captures (facts section 2)', () => {
  const encoder = new StreamEncoder(IDENTITY, DEFAULT_DIALECT);
  expect([
    encoder.start(),
    encoder.media('inbound', 'AAAA', 155),
    encoder.mark('171'),
    encoder.media('inbound', 'BBBB', 175),
    encoder.dtmf('1'),
    encoder.stop(),
  ]).toEqual([
    '{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC00","streamSid":"MZ00","callSid":"CA00","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{}},"streamSid":"MZ00"}',
    '{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"155","payload":"AAAA"},"streamSid":"MZ00"}',
    '{"event":"mark","sequenceNumber":"3","streamSid":"MZ00","mark":{"name":"171"}}',
    '{"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"175","payload":"BBBB"},"streamSid":"MZ00"}',
    '{"event":"dtmf","streamSid":"MZ00","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}',
    '{"event":"stop","sequenceNumber":"6","streamSid":"MZ00","stop":{"accountSid":"AC00","callSid":"CA00"}}',
  ]);
});

test('any mark name and any parameter come out as valid JSON', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.dictionary(fc.string(), fc.string()),
      (name, customParameters) => {
        const encoder = new StreamEncoder({ ...IDENTITY, customParameters }, DEFAULT_DIALECT);
        expect(JSON.parse(encoder.start()).start.customParameters).toEqual({ ...customParameters });
        expect(JSON.parse(encoder.mark(name)).mark.name).toBe(name);
      },
    ),
  );
});

test('any audio of a handler survives', () => {
  const decoder = new HandlerDecoder('MZ00');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200_000 }), (mulaw) => {
      const decoded = decoder.decode(encodeHandlerMedia('MZ00', mulaw));
      expect(decoded).toEqual({ kind: 'media', mulaw });
    }),
  );
});

test.each([
  ['shared', ['1', '2', '3']],
  ['per-track', ['1', '1', '2']],
] as const)('both tracks: chunks are %s', (bothTracksChunk, expected) => {
  const tracks = ['inbound', 'outbound'] as const;
  const encoder = new StreamEncoder({ ...IDENTITY, tracks }, { bothTracksChunk });
  expect(JSON.parse(encoder.start()).start.tracks).toEqual(tracks);
  const messages = [
    encoder.media('outbound', 'AAAA', 5),
    encoder.media('inbound', 'AAAA', 5),
    encoder.media('outbound', 'AAAA', 25),
  ].map((text) => JSON.parse(text));
  expect(messages.map(({ media }) => media.chunk)).toEqual(expected);
  expect(messages.map(({ media }) => media.track)).toEqual(['outbound', 'inbound', 'outbound']);
  expect(messages.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['2', '3', '4']);
});
