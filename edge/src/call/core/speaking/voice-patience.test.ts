import { describe, expect, it } from 'vitest';
import { silentUntil } from './voice-patience.ts';

describe('how long a voice may be silent', () => {
  it.each([
    ['the only way has all the time there is', { waysLeft: 0, isRetry: false, since: 500 }, 2350],
    ['the first of two shares it', { waysLeft: 1, isRetry: false, since: 500 }, 1425],
    ['the second has the rest', { waysLeft: 0, isRetry: true, since: 1425 }, 2350],
    ['whoever is asked late gets a chance', { waysLeft: 1, isRetry: false, since: 3000 }, 3350],
    ['but not after another one', { waysLeft: 1, isRetry: true, since: 2200 }, 2350],
    ['when the time is over it is over', { waysLeft: 3, isRetry: true, since: 2500 }, 2500],
  ])('%s', (_, silence, until) => {
    expect(silentUntil({ quietSince: 0, ...silence })).toBe(until);
  });
});
