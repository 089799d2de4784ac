import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CATCH_UP_SLOTS_MAX, SLOT_MS, SlotClock } from './slot-clock.ts';

test('a slot is due at its own deadline, not before', () => {
  const clock = new SlotClock(1000);
  expect(clock.take(999.9).count).toBe(0);
  expect(clock.take(1000)).toEqual({ first: 0, count: 1 });
  expect(clock.wakeAt).toBe(1020);
  expect(clock.take(1019.99).count).toBe(0);
});

test('small lateness loses no slot', () => {
  const clock = new SlotClock(0);
  clock.take(0);
  expect(clock.take(SLOT_MS * CATCH_UP_SLOTS_MAX + 5)).toEqual({
    first: 1,
    count: CATCH_UP_SLOTS_MAX,
  });
  expect(clock.skippedSlots).toBe(0);
});

test('a long stall is not repaid in one burst', () => {
  const clock = new SlotClock(0);
  clock.take(0);
  expect(clock.take(1000)).toEqual({ first: 50, count: 1 });
  expect(clock.skippedSlots).toBe(49);
  expect(clock.wakeAt).toBe(1020);
});

test('never ahead of time, never more than the burst, and every slot is played once or skipped', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true })), (delays) => {
      const clock = new SlotClock(0);
      let now = 0;
      let next = 0;
      let played = 0;
      for (const delayMs of delays) {
        now += delayMs;
        const { first, count } = clock.take(now);
        expect(count).toBeLessThanOrEqual(CATCH_UP_SLOTS_MAX);
        if (count === 0) continue;
        expect(first).toBeGreaterThanOrEqual(next);
        expect((first + count - 1) * SLOT_MS).toBeLessThanOrEqual(now);
        next = first + count;
        played += count;
      }
      expect(played + clock.skippedSlots).toBe(next);
    }),
  );
});
