import { describe, expect, it } from 'vitest';
import { smoke } from './smoke.ts';

describe('the smoke checks', () => {
  it('find nothing wrong with the stand-ins', { timeout: 120_000 }, async () => {
    const reports = await smoke({
      providers: ['elevenlabs', 'azure', 'openrouter'],
      vars: {},
      isStandins: true,
    });
    const crosses = reports.flatMap(({ provider, checks }) =>
      checks.filter(({ state }) => state !== 'good').map((check) => ({ provider, ...check })),
    );
    expect(crosses).toEqual([]);
    expect(reports.map(({ provider }) => provider)).toEqual(['elevenlabs', 'azure', 'openrouter']);
    for (const { checks } of reports) expect(checks.length).toBeGreaterThanOrEqual(6);
    const ms = reports[1]?.figuresMs ?? {};
    const final = (way: string): number => ms[`final phrase ${way}`] ?? Number.NaN;
    const whole = final('where 1000 ms do');
    // The stand-in counts silence in audio, as Azure is said to: 900 ms more are waited for, and what is pushed ahead is not.
    expect(whole - final('where 100 ms of silence end a segment')).toBeGreaterThan(450);
    expect(
      final('after the speech ended') - final('with 600 ms of silence pushed ahead'),
    ).toBeGreaterThan(100);
    expect(JSON.stringify(reports)).not.toContain('the-key-of-the-stand-ins');
  });

  it('leave out a provider without a key', async () => {
    expect(await smoke({ providers: ['azure'], vars: {}, isStandins: false })).toEqual([]);
  });
});
