import { expect, it } from 'vitest';
import { Sounds } from './sounds.ts';

function soundsOf(...spans: readonly (readonly [startMs: number, endMs: number])[]): Sounds {
  const sounds = new Sounds();
  for (const [startMs, endMs] of spans) sounds.add(startMs, endMs);
  return sounds;
}

it('the length of sounds is without the pauses between them', () => {
  const sounds = soundsOf([100, 200], [200, 260], [500, 700]);
  expect(sounds.lengthMs).toBe(360);
  expect([0, 150, 300, 600, 900].map((ms) => sounds.afterMs(ms))).toEqual([360, 310, 200, 100, 0]);
});

it('sounds that are forgotten have no length', () => {
  const sounds = soundsOf([100, 200]);
  sounds.forget();
  expect(sounds.lengthMs).toBe(0);
});

it('of sounds without end only the latest are known one by one', () => {
  const spans = Array.from({ length: 1000 }, (_, i) => [i * 100, i * 100 + 10] as const);
  const sounds = soundsOf(...spans);
  expect(sounds.lengthMs).toBe(10_000);
  expect(sounds.afterMs(0)).toBe(640);
});
