import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Surroundings } from './surroundings.ts';

const heard = (...sounds: readonly ('wordless' | 'words')[]): Surroundings => {
  const surroundings = new Surroundings();
  for (const sound of sounds) {
    if (sound === 'words') surroundings.noteWords(0);
    else surroundings.noteWordless(0);
  }
  return surroundings;
};

describe('a room', () => {
  it('is quiet until two sounds in it had no words', () => {
    expect(heard().isNoisy(0)).toBe(false);
    expect(heard('wordless').isNoisy(0)).toBe(false);
    expect(heard('wordless', 'wordless').isNoisy(0)).toBe(true);
  });

  it('is believed again when the caller is understood', () => {
    expect(heard('wordless', 'wordless', 'words').isNoisy(0)).toBe(false);
    expect(heard('wordless', 'words', 'wordless').isNoisy(0)).toBe(false);
  });

  it('is forgotten with time, however noisy it was', () => {
    const surroundings = heard(...Array.from({ length: 100 }, () => 'wordless' as const));
    expect(surroundings.isNoisy(30_000)).toBe(true);
    expect(surroundings.isNoisy(60_000)).toBe(false);
  });

  it('gets no noisier by silence, and stays quiet once it is', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 30_000 })), { maxLength: 30 });
    fc.assert(
      fc.property(
        steps,
        fc.nat({ max: 60_000 }),
        fc.nat({ max: 60_000 }),
        (all, laterMs, moreMs) => {
          const surroundings = new Surroundings();
          let now = 0;
          for (const [isWordless, ms] of all) {
            now += ms;
            if (isWordless) surroundings.noteWordless(now);
            else surroundings.noteWords(now);
          }
          if (surroundings.isNoisy(now + laterMs)) return;
          expect(surroundings.isNoisy(now + laterMs + moreMs)).toBe(false);
        },
      ),
    );
  });
});
