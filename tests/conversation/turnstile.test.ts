import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

class Visit {
  readonly #end = Promise.withResolvers<void>();
  isInside = false;

  readonly work = async (): Promise<void> => {
    this.isInside = true;
    await this.#end.promise;
    this.isInside = false;
  };

  leave(): void {
    this.#end.resolve();
  }
}

/** Until nothing moves any more. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

it('lets in many together, one alone behind them, and nobody past whoever waits to be alone', async () => {
  const turnstile = new Turnstile();
  const [first, second, alone, late] = [new Visit(), new Visit(), new Visit(), new Visit()];
  const all = [
    turnstile.together(first.work),
    turnstile.together(second.work),
    turnstile.alone(alone.work),
    turnstile.together(late.work),
  ];
  const inside = (): boolean[] => [first, second, alone, late].map(({ isInside }) => isInside);
  await settle();
  expect(inside()).toEqual([true, true, false, false]);
  first.leave();
  await settle();
  expect(inside()).toEqual([false, true, false, false]);
  second.leave();
  await settle();
  expect(inside()).toEqual([false, false, true, false]);
  alone.leave();
  await settle();
  expect(inside()).toEqual([false, false, false, true]);
  late.leave();
  await Promise.all(all);
});

it('goes on behind whoever fails', async () => {
  const turnstile = new Turnstile();
  const fail = (): Promise<never> => Promise.reject(new Error('broken'));
  await expect(turnstile.together(fail)).rejects.toThrow('broken');
  await expect(turnstile.alone(fail)).rejects.toThrow('broken');
  expect(await turnstile.alone(() => Promise.resolve(1))).toBe(1);
});
