import { describe, expect, it } from 'vitest';
import { Waterfall } from './latency.ts';

describe('a waterfall', () => {
  it('counts from the end of speech, in the order of the stages', () => {
    const waterfall = new Waterfall();
    waterfall.reach('endOfTurn', 1500.4);
    waterfall.reach('speechEnd', 1000);
    waterfall.reach('firstClause', 2000);
    waterfall.reach('firstClause', 3000);
    expect(Object.entries(waterfall.toMs())).toEqual([
      ['speechEnd', 0],
      ['endOfTurn', 500],
      ['firstClause', 1000],
    ]);
  });

  it('counts from its first stage where nobody had spoken', () => {
    const waterfall = new Waterfall();
    waterfall.reach('firstClause', 100);
    waterfall.reach('ttsFirstAudio', 350);
    expect(waterfall.toMs()).toEqual({ firstClause: 0, ttsFirstAudio: 250 });
    expect(new Waterfall().toMs()).toEqual({});
  });
});
