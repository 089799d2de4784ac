import { describe, expect, it } from 'vitest';
import { echoShareOf } from './echo.ts';

const SAID = 'Thank you, Mister Lim. Your appointment is on Monday at three in the afternoon.';

describe('echo', () => {
  it.each([
    ['your appointment is on monday', SAID, 1],
    ['your appointment is on sunday at three', SAID, 1],
    // The wrong word is at the end: it is no part of the run.
    ['your appointment is on sunday', SAID, 0.8],
    ['no i want to change it', SAID, 0],
    ['monday is too late for me', SAID, 1 / 6],
    ['您的预约在星期一', '好的，您的预约在星期一下午三点。', 1],
    ['不对星期二', '好的，您的预约在星期一下午三点。', 2 / 5],
    ['boleh saya datang', 'Boleh saya bantu?', 2 / 3],
    ['', SAID, 0],
    ['anything', '', 0],
  ])('of %s', (heard, said, share) => {
    expect(echoShareOf(heard, said)).toBeCloseTo(share);
  });

  it('looks at the end of long texts only, and in time', () => {
    const startedAt = performance.now();
    expect(echoShareOf('a '.repeat(5000), 'a b '.repeat(5000))).toBeLessThan(0.2);
    expect(echoShareOf('a '.repeat(5000), 'a '.repeat(5000))).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
