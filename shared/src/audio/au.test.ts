import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openAu } from './au.ts';

function au(fields: {
  encoding: number;
  size?: number;
  start?: number;
  rate?: number;
  channels?: number;
  data: string;
}): Buffer {
  const data = Buffer.from(fields.data, 'hex');
  const header = Buffer.alloc(24);
  header.write('.snd');
  header.writeUInt32BE(fields.start ?? 24, 4);
  header.writeUInt32BE(fields.size ?? data.length, 8);
  header.writeUInt32BE(fields.encoding, 12);
  header.writeUInt32BE(fields.rate ?? 8000, 16);
  header.writeUInt32BE(fields.channels ?? 1, 20);
  return Buffer.concat([header, data]);
}

function samples(bytes: Uint8Array): number[][] | string {
  const reader = openAu(bytes);
  return typeof reader === 'string' ? reader : reader.read(0, 100).map((channel) => [...channel]);
}

describe('AU', () => {
  it.each([
    ['µ-law', au({ encoding: 1, data: 'ff80' }), [[0, 32_124]]],
    ['8 bit', au({ encoding: 2, data: '01' }), [[256]]],
    ['16 bit stereo', au({ encoding: 3, channels: 2, data: '0001fffe' }), [[1], [-2]]],
    ['24 bit', au({ encoding: 4, data: 'fffeaa' }), [[-2]]],
    ['32 bit', au({ encoding: 5, data: 'fffeaabb' }), [[-2]]],
    ['A-law', au({ encoding: 27, data: 'd5' }), [[8]]],
    ['an unknown length', au({ encoding: 3, size: 0xffffffff, data: '0001' }), [[1]]],
    ['a length beyond the end', au({ encoding: 3, size: 4000, data: '0001' }), [[1]]],
    [
      'a remark behind the header',
      au({ encoding: 3, start: 28, size: 2, data: '414243000001' }),
      [[1]],
    ],
  ])('reads %s', (_, bytes, expected) => {
    expect(samples(bytes)).toEqual(expected);
  });

  it.each([
    ['other bytes', Buffer.alloc(40), 'not-au'],
    ['a header cut off', au({ encoding: 1, data: '' }).subarray(0, 23), 'not-au'],
    ['a start beyond the end', au({ encoding: 1, start: 100, data: '' }), 'bad-format'],
    ['a start inside the header', au({ encoding: 1, start: 8, data: '' }), 'bad-format'],
    ['no rate', au({ encoding: 1, rate: 0, data: '' }), 'bad-format'],
    ['G.721', au({ encoding: 23, data: '' }), 'unsupported-encoding'],
  ])('refuses %s', (_, bytes, expected) => {
    expect(samples(bytes)).toBe(expected);
  });

  it('survives any header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 60 }), (bytes) => {
        samples(Buffer.concat([Buffer.from('.snd'), bytes]));
      }),
    );
  });
});
