import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PauseHabit } from './pause-habit.ts';

it('asks for nothing while no pause is known, and for more than the pause that is', () => {
  const habit = new PauseHabit();
  expect(habit.silenceMs).toBe(0);
  habit.learn(700);
  expect(habit.silenceMs).toBe(850);
});

it('takes what is shorter than a pause for articulation', () => {
  const habit = new PauseHabit();
  habit.learn(199);
  expect(habit.silenceMs).toBe(0);
});

it('is learnt little by little, and never makes anybody wait longer than 1200 ms', () => {
  const pauses = fc.array(fc.integer({ min: 200, max: 10_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pauses, (all) => {
      const habit = new PauseHabit();
      for (const pauseMs of all) habit.learn(pauseMs);
      const least = Math.min(1200, Math.min(...all) + 150);
      expect(habit.silenceMs).toBeGreaterThanOrEqual(least - 1e-6);
      expect(habit.silenceMs).toBeLessThanOrEqual(1200);
    }),
  );
});
