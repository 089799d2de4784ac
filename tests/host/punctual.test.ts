import { expect, test, vi } from 'vitest';
import { readCpuTimes, shareOf } from './cpu-times.ts';
import { isPunctual, onPunctualHost } from './punctual.ts';

const GOOD = { stalledMs: 30, idleShare: 0.4, stolenShare: 0.1 };
const BUSY = { ...GOOD, idleShare: 0.05 };
const STOLEN = { ...GOOD, stolenShare: 0.3 };

test('a host is punctual that neither stands still nor keeps the CPU for others', () => {
  const all = [GOOD, BUSY, STOLEN, { ...GOOD, stalledMs: 200 }];
  expect(all.map(isPunctual)).toEqual([true, true, false, false]);
});

test.each([
  ['right at once', [GOOD], ['right'], 'right'],
  ['wrong on a host that had time', [GOOD, GOOD], ['wrong 1', 'right'], 'wrong 1'],
  ['wrong, then right', [STOLEN, GOOD], ['wrong 1', 'right'], 'right'],
  ['wrong, then wrong with time', [BUSY, GOOD], ['wrong 1', 'wrong 2'], 'wrong 2'],
  ['wrong thrice', [BUSY, BUSY, BUSY], ['wrong 1', 'wrong 2', 'wrong 3'], 'wrong 3'],
])('held until it can be judged: %s', async (_name, hosts, verdicts, outcome) => {
  using _info = vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const again: boolean[] = [];
  const held = onPunctualHost(
    'a call',
    async (isAgain) => {
      const index = again.push(isAgain) - 1;
      return { ...GOOD, ...hosts[index], verdict: verdicts[index] };
    },
    ({ verdict }) => {
      if (verdict !== 'right') throw new Error(verdict);
    },
  );
  const result = await held.then(({ verdict }) => verdict).catch(({ message }: Error) => message);
  expect(result).toBe(outcome);
  expect(again).toEqual(verdicts.slice(0, again.length).map((_, index) => index > 0));
});

test('shares of the CPU', () => {
  const before = { total: 1000, idle: 500, stolen: 10 };
  const after = { total: 1200, idle: 550, stolen: 60 };
  expect([shareOf('idle', before, after), shareOf('stolen', before, after)]).toEqual([0.25, 0.25]);
  expect(shareOf('idle', before, before)).toBe(0);
  const now = readCpuTimes();
  expect(now.total).toBeGreaterThan(now.idle);
});
