import { expect, test } from 'vitest';
import { Draws } from './draws.ts';
import { EventHeap } from './event-heap.ts';

test('a lognormal distribution has the quantiles it was given', () => {
  const draws = new Draws(5);
  const values = Array.from({ length: 40_000 }, () => draws.lognormal({ median: 1016, p95: 1345 }));
  const sorted = values.toSorted((a, b) => a - b);
  expect(sorted[20_000]).toBeGreaterThan(1006);
  expect(sorted[20_000]).toBeLessThan(1026);
  expect(sorted[38_000]).toBeGreaterThan(1325);
  expect(sorted[38_000]).toBeLessThan(1365);
});

test('a median of 0 is always 0, so that a world without latencies is the same code', () => {
  expect(new Draws(1).lognormal({ median: 0, p95: 0 })).toBe(0);
});

test('parts of one seed draw their own rows', () => {
  const row = (part: string): number[] => {
    const draws = Draws.of(7, part);
    return [1, 2, 3].map(() => draws.uniform(0, 1));
  };
  expect(row('stt')).toEqual(row('stt'));
  expect(row('stt')).not.toEqual(row('llm'));
});

test('events come by time, those of one instant in the order in which they were scheduled', () => {
  const heap = new EventHeap();
  const draws = new Draws(3);
  const wanted: { at: number; order: number }[] = [];
  const run: { at: number; order: number }[] = [];
  for (let order = 0; order < 2000; order++) {
    const at = Math.floor(draws.uniform(0, 100));
    wanted.push({ at, order });
    heap.push(at, () => run.push({ at, order }));
  }
  for (let event = heap.shift(); event !== undefined; event = heap.shift()) event.run();
  expect(run).toEqual(wanted.toSorted((a, b) => a.at - b.at || a.order - b.order));
  expect(heap.nextAt).toBe(Infinity);
});
