import { describe, expect, it } from 'vitest';
import { encodeMulaw, MULAW_SILENCE } from './g711.ts';
import { LEVEL_DBOV_MIN, levelDbov } from './level.ts';

function sine(amplitude: number): Uint8Array {
  return encodeMulaw(
    Int16Array.from({ length: 160 }, (_, i) => amplitude * Math.sin((2 * Math.PI * i) / 16)),
  );
}

describe('level', () => {
  it.each([
    ['a sine at a tenth of full scale', sine(3276.8), -23.01],
    ['a sine at a hundredth of full scale', sine(327.68), -43.01],
  ])('measures %s', (_, mulaw, expected) => {
    expect(levelDbov(mulaw)).toBeCloseTo(expected, 0);
  });

  it('takes silence and nothing for the lowest level', () => {
    expect(levelDbov(new Uint8Array(160).fill(MULAW_SILENCE))).toBe(LEVEL_DBOV_MIN);
    expect(levelDbov(new Uint8Array(0))).toBe(LEVEL_DBOV_MIN);
  });
});
