import { describe, expect, it } from 'vitest';
import { Clips } from './clips.ts';

const clipOf = (lengthMs: number) => ({ mulaw: new Uint8Array(lengthMs * 8) });

describe('phrases that were voiced before', () => {
  it('are found by their text, the latest where there were two', () => {
    const clips = new Clips();
    const later = clipOf(300);
    clips.put('Okay,', clipOf(200));
    clips.put('Okay,', later);
    expect(clips.find('Okay,')).toBe(later);
    expect(clips.find('okay,')).toBeUndefined();
  });

  it('can be said at once, in the order of the operator', () => {
    const clips = new Clips();
    clips.put('Well,', clipOf(200));
    clips.put('Okay,', clipOf(200));
    expect(clips.among(['Okay,', 'Sure,', 'Well,'])).toEqual(['Okay,', 'Well,']);
  });

  it.each([
    [[200, 250, 300], 3],
    [[200, 300, 301], 2],
    [[500, 200], 1],
    [[500], 1],
  ])('are short enough to go first where they last %j ms: %j of them', (lengths, count) => {
    const clips = new Clips();
    const texts = lengths.map((_, index) => `opener ${index}`);
    lengths.forEach((ms, index) => clips.put(`opener ${index}`, clipOf(ms)));
    expect(clips.shortestAmong(texts)).toHaveLength(count);
  });

  it('are no opener while none of them is there', () => {
    const clips = new Clips();
    expect(clips.shortestAmong(['Okay,', 'Well,'])).toEqual([]);
    clips.put('Well,', clipOf(900));
    expect(clips.shortestAmong(['Okay,', 'Well,'])).toEqual(['Well,']);
  });

  it('are no more than two hundred; one of those is renewed all the same', () => {
    const clips = new Clips();
    for (let i = 0; i < 250; i++) clips.put(`phrase ${i}`, clipOf(20));
    expect(clips.find('phrase 199')).toBeDefined();
    expect(clips.find('phrase 200')).toBeUndefined();
    const renewed = clipOf(40);
    clips.put('phrase 7', renewed);
    expect(clips.find('phrase 7')).toBe(renewed);
  });
});
