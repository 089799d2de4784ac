import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AudioReader, parseRiff } from './speech-audio.ts';
import { decodeUsp, encodeUsp, encodeUspAudio } from './usp.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('messages', () => {
  test('text', () => {
    const message =
      'Path: speech.config\r\nX-RequestId: AB12\r\nX-Timestamp: 1:2:3\r\n\r\n{"a":"\r\n\r\n"}';
    expect(decodeUsp(text(message), false)).toEqual({
      path: 'speech.config',
      requestId: 'ab12',
      headers: new Map([
        ['path', 'speech.config'],
        ['x-requestid', 'AB12'],
        ['x-timestamp', '1:2:3'],
      ]),
      body: { kind: 'text', text: '{"a":"\r\n\r\n"}' },
    });
  });

  test('binary, and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (audio) => {
        expect(decodeUsp(encodeUspAudio('ab12', audio), true)).toMatchObject({
          path: 'audio',
          requestId: 'ab12',
          body: { kind: 'binary', bytes: audio },
        });
      }),
    );
  });

  test.each([
    ['nothing', true, '', 'no-header-length'],
    ['one byte', true, '\u0000', 'no-header-length'],
    ['a header longer than the message', true, '\u0000\u0009Path: x', 'header-too-long'],
    ['no headers', true, '\u0000\u0000', 'no-path'],
    ['text without a path', false, 'X-RequestId: 1\r\n\r\n{}', 'no-path'],
    ['empty text', false, '', 'no-path'],
    ['text with endless headers', false, 'a'.repeat(9000), 'header-too-long'],
  ])('%s: %s', (_, isBinary, message, problem) => {
    expect(decodeUsp(text(message), isBinary)).toBe(problem);
  });

  test('any bytes are a message or a named problem', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isBinary) => {
        const decoded = decodeUsp(bytes, isBinary);
        if (typeof decoded !== 'string') expect(decoded.path).toBe(decoded.path.toLowerCase());
      }),
    );
  });

  test("the service's are read by the same rules", () => {
    expect(decodeUsp(text(encodeUsp('turn.end', 'ab12', {})), false)).toMatchObject({
      path: 'turn.end',
      requestId: 'ab12',
      body: { kind: 'text', text: '{}' },
    });
  });
});

function header(tag: number, rateHz: number, bits: number): Uint8Array {
  const bytes = new Uint8Array(44);
  bytes.set(text('RIFF\0\0\0\0WAVEfmt '));
  bytes.set(text('data'), 36);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, 16, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint16(34, bits, true);
  return bytes;
}

describe('audio', () => {
  test.each([
    [7, 8000, 8, 'mulaw-8000'],
    [6, 8000, 8, 'alaw-8000'],
    [1, 8000, 16, 'pcm-8000'],
    [1, 16_000, 16, 'pcm-16000'],
  ])('header of format %i at %i Hz, %i bits', (tag, rateHz, bits, format) => {
    expect(parseRiff(header(tag, rateHz, bits))).toEqual({ format, dataOffset: 44 });
  });

  test('other formats and broken headers are refused with a reason', () => {
    expect(parseRiff(header(1, 44_100, 16))).toHaveProperty('problem');
    const good = header(7, 8000, 8);
    for (let length = 0; length < good.length; length++) {
      expect(parseRiff(good.subarray(0, length))).toHaveProperty('problem');
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 44, maxLength: 60 }), (bytes) => {
        expect(parseRiff(bytes)).toHaveProperty('problem');
      }),
    );
  });

  test('samples cut anywhere are put together', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ maxLength: 40 }),
        fc.constantFrom('pcm-8000' as const, 'pcm-16000' as const),
        fc.nat(80),
        (samples, format, cut) => {
          const bytes = new Uint8Array(samples.buffer);
          const reader = new AudioReader(format);
          const whole = new AudioReader(format).read(bytes);
          expect([
            ...reader.read(bytes.subarray(0, cut)),
            ...reader.read(bytes.subarray(cut)),
          ]).toEqual([...whole]);
          if (format === 'pcm-8000') expect(whole).toEqual(samples);
        },
      ),
    );
  });
});
