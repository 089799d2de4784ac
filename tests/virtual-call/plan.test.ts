import { expect, test } from 'vitest';
import { LANGUAGES, planCall, SCRIPTS } from './plan.ts';
import type { SpokenText } from './spoken-text.ts';

const SEEDS = Array.from({ length: 400 }, (_, i) => i + 1);

function pausesOf(said: SpokenText[]): { kind: string; lengthMs: number }[] {
  return said.flatMap(({ pauses }) => pauses).filter(({ kind }) => kind !== 'digits');
}

test.each(LANGUAGES)('%s has at least forty turns in five topics', (language) => {
  const { topics } = SCRIPTS[language];
  expect(topics.length).toBeGreaterThanOrEqual(5);
  expect(topics.flatMap(({ turns }) => turns).length).toBeGreaterThanOrEqual(40);
});

test('calls have five to eight turns', () => {
  for (const seed of SEEDS) {
    for (const language of LANGUAGES) {
      const { length } = planCall(seed, language).turns;
      expect(length).toBeGreaterThanOrEqual(5);
      expect(length).toBeLessThanOrEqual(8);
    }
  }
});

test('one seed has the same course in each language', () => {
  for (const seed of SEEDS) {
    const courses = LANGUAGES.map((language) =>
      planCall(seed, language).turns.map(({ reactionMs, interruptsAfterMs, aside }) => ({
        reactionMs,
        interruptsAfterMs,
        aside: aside?.kind,
      })),
    );
    expect(courses[1]).toEqual(courses[0]);
    expect(courses[2]).toEqual(courses[0]);
  }
});

test.each(LANGUAGES)('callers of %s pause as often and as long as assumed', (language) => {
  const said = SEEDS.flatMap((seed) => planCall(seed, language).turns).filter(({ script }) =>
    /[|/]/u.test(script.caller),
  );
  const pauses = pausesOf(said.map((turn) => turn.said));
  expect(pauses.length / said.length).toBeGreaterThan(0.3);
  expect(pauses.length / said.length).toBeLessThan(0.4);
  const sorted = pauses.map(({ lengthMs }) => lengthMs).toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  expect(median).toBeGreaterThan(300);
  expect(median).toBeLessThan(420);
  const long = pauses.filter(({ lengthMs }) => lengthMs > 500);
  const unfinished = long.filter(({ kind }) => kind === 'unfinished').length / long.length;
  expect(unfinished).toBeGreaterThan(0.6);
  expect(unfinished).toBeLessThan(0.85);
});

test('Chinese is written without spaces, the others with them', () => {
  for (const seed of SEEDS.slice(0, 50)) {
    for (const { said } of planCall(seed, 'zh').turns) expect(said.text).not.toMatch(/\s/u);
    for (const { said } of planCall(seed, 'ms').turns) expect(said.text).not.toMatch(/\s{2}|[|~]/u);
  }
});
