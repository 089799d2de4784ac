import { expect, test } from 'vitest';
import { PORT_REST_MS, PortPool } from './port-pool.ts';

test('even ports of the range, each once, then none', () => {
  const pool = new PortPool({ first: 20_001, last: 20_008 });
  expect([pool.take(0), pool.take(0), pool.take(0), pool.take(0), pool.take(0)]).toEqual([
    20_002,
    20_004,
    20_006,
    20_008,
    undefined,
  ]);
  expect([pool.size, pool.taken]).toEqual([4, 4]);
});

test('a freed port rests, and the one that has rested longest comes first', () => {
  const pool = new PortPool({ first: 20_000, last: 20_003 });
  pool.take(0);
  pool.take(0);
  pool.release(20_002, 1000);
  pool.release(20_000, 2000);
  expect(pool.take(999 + PORT_REST_MS)).toBeUndefined();
  expect(pool.take(1000 + PORT_REST_MS)).toBe(20_002);
  expect(pool.take(1000 + PORT_REST_MS)).toBeUndefined();
  expect(pool.take(2000 + PORT_REST_MS)).toBe(20_000);
});

test('giving back what was not taken is a mistake of ours', () => {
  const pool = new PortPool({ first: 20_000, last: 20_003 });
  expect(() => pool.release(20_000, 0)).toThrow('20000 was not taken');
});
