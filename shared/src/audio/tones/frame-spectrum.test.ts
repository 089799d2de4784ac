import { encodeMulaw, MULAW_SILENCE } from '../g711.ts';
import { describe, expect, it } from 'vitest';
import { analyse, FRAME_BYTES } from './frame-spectrum.ts';

function frame(wave: (atMs: number) => number): Uint8Array {
  return encodeMulaw(Int16Array.from({ length: FRAME_BYTES }, (_, i) => wave(i / 8)));
}

function sine(hz: number, amplitude: number): (atMs: number) => number {
  return (atMs) => amplitude * Math.sin((2 * Math.PI * hz * atMs) / 1000 + 1);
}

describe('the spectrum of a frame', () => {
  it.each([400, 425, 440, 850, 1000, 1013, 1100, 1400, 1975, 2100])('finds %i Hz', (hz) => {
    const found = analyse(frame(sine(hz, 3000)));
    expect(Math.abs(found.peakHz - hz)).toBeLessThan(3);
    expect(found.peakFraction).toBeGreaterThan(0.98);
    expect(Math.abs(found.bandDbov - found.levelDbov)).toBeLessThan(0.2);
  });

  it('sees that two tones are not one', () => {
    const [low, high] = [sine(800, 2000), sine(1400, 2000)];
    const found = analyse(frame((atMs) => low(atMs) + high(atMs)));
    expect(found.peakFraction).toBeLessThan(0.6);
  });

  it('knows the band of ringing and busy tones', () => {
    const [low, high] = [sine(440, 2000), sine(480, 2000)];
    expect(analyse(frame((atMs) => low(atMs) + high(atMs))).progressFraction).toBeGreaterThan(0.95);
    expect(analyse(frame(sine(1000, 2000))).progressFraction).toBeLessThan(0.05);
  });

  it('leaves hum and hiss out of the band', () => {
    const found = analyse(frame(sine(50, 3000)));
    expect(found.levelDbov - found.bandDbov).toBeGreaterThan(10);
  });

  it('finds nothing in silence', () => {
    const found = analyse(new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE));
    expect(found).toMatchObject({ peakFraction: 0, progressFraction: 0 });
  });
});
