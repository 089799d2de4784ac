import { expect, test } from 'vitest';
import { encodeWav } from './wav.ts';

test('a stereo file: header, interleaving, silence where a channel is shorter', () => {
  const file = encodeWav([Int16Array.of(1, -2), Int16Array.of(3)], 8000);
  expect(Buffer.from(file).toString('hex')).toBe(
    // RIFF, 44 WAVE fmt_ 16, PCM 2 channels, 8000 Hz, 32000 B/s, 4 B, 16 bit, data 8, (1, 3) (-2, 0)
    '524946462c00000057415645666d74201000000001000200401f0000007d000004001000646174610800000001000300feff0000',
  );
});
