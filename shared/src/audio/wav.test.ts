import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decodeWav, encodeWav } from './wav.ts';

test('a stereo file: header, interleaving, silence where a channel is shorter', () => {
  const file = encodeWav([Int16Array.of(1, -2), Int16Array.of(3)], 8000);
  expect(Buffer.from(file).toString('hex')).toBe(
    // RIFF, 44 WAVE fmt_ 16, PCM 2 channels, 8000 Hz, 32000 B/s, 4 B, 16 bit, data 8, (1, 3) (-2, 0)
    '524946462c00000057415645666d74201000000001000200401f0000007d000004001000646174610800000001000300feff0000',
  );
});

/** A file of `fmt ` and `data` with the fields as given. */
function wav(fields: {
  format: number;
  bits: number;
  channels?: number;
  data: string;
  extension?: string;
  before?: string;
  riffSize?: number;
  dataSize?: number;
  blockBytes?: number;
  rateHz?: number;
}): Buffer {
  const data = Buffer.from(fields.data, 'hex');
  const extension = Buffer.from(fields.extension ?? '', 'hex');
  const channels = fields.channels ?? 1;
  const format = Buffer.alloc(16);
  format.writeUInt16LE(fields.format, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(fields.rateHz ?? 8000, 4);
  format.writeUInt16LE(fields.blockBytes ?? (channels * fields.bits) / 8, 12);
  format.writeUInt16LE(fields.bits, 14);
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    Buffer.from(fields.before ?? '', 'hex'),
    Buffer.from('fmt '),
    uint32(16 + extension.length),
    format,
    extension,
    Buffer.from('data'),
    uint32(fields.dataSize ?? data.length),
    data,
  ]);
  return Buffer.concat([Buffer.from('RIFF'), uint32(fields.riffSize ?? body.length), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function decoded(bytes: Uint8Array): number[][] | string {
  const audio = decodeWav(bytes);
  return typeof audio === 'string' ? audio : audio.channels.map((channel) => [...channel]);
}

const GUID = '000000001000800000aa00389b71';
/** `sox -n -r 8000 -b 24 -c 1 x.wav`: size of the extension, valid bits, speakers, format tag, the rest of the GUID. */
const EXTENSION = `16001800040000000100${GUID}`;

describe('decoding', () => {
  it.each([
    ['8 bit', wav({ format: 1, bits: 8, data: '0080ff' }), [[-32_768, 0, 32_512]]],
    ['16 bit', wav({ format: 1, bits: 16, data: '0100feff' }), [[1, -2]]],
    ['24 bit', wav({ format: 1, bits: 24, data: 'ff0100ccfeff' }), [[1, -2]]],
    ['32 bit', wav({ format: 1, bits: 32, data: 'ffff0100' }), [[1]]],
    [
      'float, clipped, and not a number',
      wav({ format: 3, bits: 32, data: '0000803f0000000000000040000000c00000c07f' }),
      [[32_767, 0, 32_767, -32_768, 0]],
    ],
    ['double', wav({ format: 3, bits: 64, data: '000000000000e0bf' }), [[-16_383]]],
    ['A-law', wav({ format: 6, bits: 8, data: 'd555' }), [[8, -8]]],
    ['µ-law', wav({ format: 7, bits: 8, data: 'ff80' }), [[0, 32_124]]],
    [
      'stereo',
      wav({ format: 1, bits: 16, channels: 2, data: '0100020003000400' }),
      [
        [1, 3],
        [2, 4],
      ],
    ],
    [
      'WAVE_FORMAT_EXTENSIBLE',
      wav({ format: 0xfffe, bits: 24, data: 'ff0100', extension: EXTENSION }),
      [[1]],
    ],
    [
      'a chunk of odd length before',
      wav({ format: 1, bits: 16, data: '0100', before: '4c49535403000000aabbcc00' }),
      [[1]],
    ],
    ['half a sample at the end', wav({ format: 1, bits: 16, data: '010002' }), [[1]]],
    [
      'no samples, and a chunk behind',
      Buffer.concat([wav({ format: 1, bits: 16, data: '', riffSize: 48 }), Buffer.alloc(12)]),
      [[]],
    ],
  ])('reads %s', (_, bytes, expected) => {
    expect(decoded(bytes)).toEqual(expected);
  });

  it.each([
    ['0', 0, 0],
    ['0, and 36 for RIFF', 36, 0],
    ['2^32 - 1', 0xffffffff, 0xffffffff],
    ['0x7ffff000, as espeak-ng does', 0x7ffff024, 0x7ffff000],
  ])('reads what was written to a pipe, with a length of %s', (_, riffSize, dataSize) => {
    expect(decoded(wav({ format: 1, bits: 16, data: '01000200', riffSize, dataSize }))).toEqual([
      [1, 2],
    ]);
  });

  it.each([
    ['no bytes', Buffer.alloc(0), 'not-wav'],
    ['other bytes', Buffer.from('<html><body>404</body></html>'), 'not-wav'],
    ['an AVI file', Buffer.from('RIFF....AVI LIST'), 'not-wav'],
    ['a header alone', Buffer.from('RIFF....WAVE'), 'bad-format'],
    ['samples without a format', Buffer.from('RIFF....WAVEdata\0\0\0\0'), 'bad-format'],
    ['a format without samples', wav({ format: 1, bits: 16, data: '' }).subarray(0, 36), 'no-data'],
    ['ADPCM', wav({ format: 2, bits: 4, data: '00', blockBytes: 256 }), 'unsupported-encoding'],
    ['12 bit', wav({ format: 1, bits: 12, data: '00' }), 'unsupported-encoding'],
    ['nine channels', wav({ format: 1, bits: 8, channels: 9, data: '' }), 'unsupported-encoding'],
    ['no channel', wav({ format: 1, bits: 8, channels: 0, data: '00' }), 'bad-format'],
    ['no rate', wav({ format: 1, bits: 8, rateHz: 0, data: '00' }), 'bad-format'],
    ['another block', wav({ format: 1, bits: 16, blockBytes: 4, data: '00' }), 'bad-format'],
    ['EXTENSIBLE cut off', wav({ format: 0xfffe, bits: 16, data: '0000' }), 'bad-format'],
  ])('refuses %s', (_, bytes, expected) => {
    expect(decoded(bytes)).toBe(expected);
  });

  it('reads what was encoded', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ maxLength: 50 }),
        fc.integer({ min: 1, max: 8 }),
        (samples, count) => {
          const file = encodeWav(
            Array.from({ length: count }, () => samples),
            44_100,
          );
          expect(decodeWav(file)).toEqual({
            sampleRateHz: 44_100,
            channels: Array.from({ length: count }, () => samples),
          });
        },
      ),
    );
  });

  it('survives a file that is cut off, or has other bytes, and takes no more memory than twice the file', () => {
    const file = wav({
      format: 1,
      bits: 8,
      channels: 2,
      data: '00'.repeat(60),
      before: '4a554e4b0200000000ff',
    });
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(file.length), changes, (length, pairs) => {
        const bytes = Buffer.from(file);
        for (const [at, value] of pairs) bytes[at] = value;
        const audio = decodeWav(bytes.subarray(0, length));
        if (typeof audio === 'string') return;
        const total = audio.channels.reduce((sum, channel) => sum + channel.byteLength, 0);
        expect(total).toBeLessThanOrEqual(2 * length);
      }),
      { numRuns: 2000 },
    );
  });
});
