import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ALAW_TO_LINEAR,
  alawToMulaw,
  decodeMulaw,
  encodeMulaw,
  MULAW_SILENCE,
  MULAW_TO_LINEAR,
} from './g711.ts';

function vector(name: string): Buffer {
  return readFileSync(new URL(`../../../tests/vectors/g711/${name}`, import.meta.url));
}

function samples(name: string): number[] {
  const bytes = vector(name);
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2));
}

function distance(sample: number, code: number): number {
  return Math.abs((MULAW_TO_LINEAR[code] ?? 0) - sample);
}

describe('G.711 against sox', () => {
  test('every µ-law code has the same level', () => {
    expect([...MULAW_TO_LINEAR]).toEqual(samples('mulaw-to-linear.s16le'));
  });

  test('every A-law code has the same level', () => {
    expect([...ALAW_TO_LINEAR]).toEqual(samples('alaw-to-linear.s16le'));
  });

  test('no sample is encoded further from its level than sox does', () => {
    const expected = vector('linear-to-mulaw.ul');
    const ours = encodeMulaw(Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768));
    const worse = [...ours].filter(
      (code, i) => distance(i - 32_768, code) > distance(i - 32_768, expected[i] ?? 0),
    );
    expect(worse).toEqual([]);
  });
});

test('every µ-law code survives decoding and encoding, but for -0', () => {
  const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const again = encodeMulaw(decodeMulaw(codes));
  expect([...again].filter((code, i) => code !== i)).toEqual([MULAW_SILENCE]);
});

test('A-law becomes the nearest µ-law level', () => {
  const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
  alawToMulaw(codes).forEach((code, i) => {
    const level = ALAW_TO_LINEAR[i] ?? 0;
    const error = Math.abs((MULAW_TO_LINEAR[code] ?? 0) - level);
    expect(error).toBeLessThanOrEqual(Math.max(64, Math.abs(level) / 16));
  });
});
