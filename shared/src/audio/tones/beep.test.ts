import { describe, expect, it } from 'vitest';
import { encodeMulaw } from '../g711.ts';
import { BeepDetector } from './beep.ts';

/** Silence, a tone of two partials at most, silence. */
function tone(frequenciesHz: readonly number[], lengthMs: number): Uint8Array {
  const samples = new Int16Array((lengthMs + 600) * 8);
  for (let i = 0; i < lengthMs * 8; i++) {
    const sum = frequenciesHz.reduce((all, hz) => all + Math.sin((2 * Math.PI * hz * i) / 8000), 0);
    samples[2400 + i] = (6000 * sum) / frequenciesHz.length;
  }
  return encodeMulaw(samples);
}

function beepsIn(audio: Uint8Array, pieceBytes: number, isBehindSpeech = true): number {
  const detector = new BeepDetector();
  let beeps = 0;
  for (let at = 0; at < audio.length; at += pieceBytes) {
    if (detector.push(audio.subarray(at, at + pieceBytes), isBehindSpeech)) beeps++;
  }
  return beeps;
}

describe('the beep of a mailbox', () => {
  it.each([
    ['a kilohertz for half a second', [1000], 500, 1],
    ['a low one, for long enough', [440], 400, 1],
    ['one that is over at once', [1000], 80, 0],
    ['one that goes on: a line that is out of order', [1000], 4000, 0],
    ['a key that is pressed: two frequencies', [770, 1336], 300, 0],
    ['a fax machine', [2100], 2500, 0],
  ] satisfies [string, number[], number, number][])('is told: %s', (_, hz, lengthMs, beeps) => {
    expect(beepsIn(tone(hz, lengthMs), 160)).toBe(beeps);
  });

  it.each([1, 37, 160, 400, 4096])('is heard once in pieces of %i bytes', (pieceBytes) => {
    expect(beepsIn(tone([1400], 700), pieceBytes)).toBe(1);
  });

  it('is none at a low frequency before anybody has spoken: the network sounds so', () => {
    expect(beepsIn(tone([440], 400), 160, false)).toBe(0);
  });
});
