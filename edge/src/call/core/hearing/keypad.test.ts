import { describe, expect, it } from 'vitest';
import { Keypad } from './keypad.ts';

const PAUSE_MS = 2000;

function pressed(digits: string): Keypad {
  const keypad = new Keypad(PAUSE_MS);
  Array.from(digits).forEach((digit, i) => keypad.press(digit, 100 * i));
  return keypad;
}

describe('digits of the keypad', () => {
  it('are complete after a pause, or at once with #', () => {
    expect(new Keypad(PAUSE_MS).closesAt).toBeUndefined();
    expect(pressed('12').closesAt).toBe(100 + PAUSE_MS);
    expect(pressed('12#').closesAt).toBe(200);
  });

  it('are complete at once when as many have come as are wanted, that one time', () => {
    const keypad = pressed('1');
    keypad.expect(2);
    expect(keypad.closesAt).toBe(PAUSE_MS);
    keypad.press('2', 300);
    expect(keypad.closesAt).toBe(300);
    expect(keypad.take()).toBe('12');
    expect(keypad.closesAt).toBeUndefined();
    keypad.press('3', 400);
    keypad.press('4', 500);
    expect(keypad.closesAt).toBe(500 + PAUSE_MS);
  });

  it('are no more than 64', () => {
    expect(pressed('7'.repeat(100)).take()).toHaveLength(64);
  });
});
