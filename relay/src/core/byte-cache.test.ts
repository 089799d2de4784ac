import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteCache } from './byte-cache.ts';

function cacheOfTen(): ByteCache<string> {
  return new ByteCache(10, (value: string) => value.length);
}

it('lets the value go that was not asked for the longest', () => {
  const cache = cacheOfTen();
  cache.set('a', '1234');
  cache.set('b', '1234');
  cache.get('a');
  cache.set('c', '1234');
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['1234', undefined, '1234']);
});

it('replaces a value, and keeps none that is larger than itself', () => {
  const cache = cacheOfTen();
  cache.set('a', '1');
  cache.set('b', '2');
  cache.set('a', 'x'.repeat(11));
  expect([cache.get('a'), cache.get('b'), cache.bytes]).toEqual([undefined, '2', 1]);
});

it('never holds more than its bound', () => {
  const keys = fc.constantFrom('a', 'b', 'c', 'd');
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.nat(12))), (pairs) => {
      const cache = cacheOfTen();
      for (const [key, length] of pairs) {
        cache.set(key, 'x'.repeat(length));
        expect(cache.get(key)?.length).toBe(length <= 10 ? length : undefined);
      }
      const held = ['a', 'b', 'c', 'd'].map((key) => cache.get(key)?.length ?? 0);
      expect(cache.bytes).toBe(held.reduce((sum, length) => sum + length, 0));
      expect(cache.bytes).toBeLessThanOrEqual(10);
    }),
  );
});
