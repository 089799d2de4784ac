import { expect, test } from 'vitest';
import { Digits } from './digits.ts';

const OPTIONS = { count: undefined, finishOnKey: '#', timeoutMs: 5000 };

test('the finishing key ends it and is no part of the answer', () => {
  const digits = new Digits(OPTIONS);
  expect([digits.press('1', 0), digits.press('*', 10), digits.press('#', 20)]).toEqual([
    false,
    false,
    true,
  ]);
  expect(digits.digits).toBe('1*');
});

test('without a finishing key, # is a key like any other', () => {
  const digits = new Digits({ ...OPTIONS, finishOnKey: '' });
  expect(digits.press('#', 0)).toBe(false);
  expect(digits.digits).toBe('#');
});

test('a number of keys ends it', () => {
  const digits = new Digits({ ...OPTIONS, count: 2 });
  expect([digits.press('1', 0), digits.press('2', 0)]).toEqual([false, true]);
});

test('silence counts from the end of the prompts, and anew from each key', () => {
  const digits = new Digits(OPTIONS);
  expect(digits.wakeAt).toBeUndefined();
  digits.listen(1000);
  expect(digits.wakeAt).toBe(6000);
  digits.press('1', 3000);
  expect(digits.wakeAt).toBe(8000);
});

test('a key during the prompts: their end does not lengthen the wait', () => {
  const digits = new Digits(OPTIONS);
  digits.press('1', 500);
  digits.listen(1000);
  expect(digits.wakeAt).toBe(5500);
});
