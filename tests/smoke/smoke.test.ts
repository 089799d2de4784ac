import { describe, expect, it } from 'vitest';
import { smoke } from './smoke.ts';

describe('the smoke checks', () => {
  it('find nothing wrong with the stand-ins', async () => {
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
    expect(JSON.stringify(reports)).not.toContain('the-key-of-the-stand-ins');
  });

  it('leave out a provider without a key', async () => {
    expect(await smoke({ providers: ['azure'], vars: {}, isStandins: false })).toEqual([]);
  });
});
