import { describe, expect, it } from 'vitest';
import { isSameTurn } from './same-turn.ts';

describe('the same turn', () => {
  it.each([
    ['i want to book a table', 'I want to book a table.'],
    ['i want two', 'I want 2.'],
    ['saya nak dua', 'Saya nak 2.'],
    ['我要二', '我要2。'],
    ['我要两', '我要2'],
    ["i'm late", 'I am late.'],
    ["it's for me", 'It is for me.'],
    ["i can't come", 'I cannot come.'],
    ["i'd like that", 'I would like that.'],
    ['um i want tea', 'I want tea.'],
    ['i want tea uh', 'I want tea.'],
    ['okay i want tea', 'Well, I want tea.'],
    ['好的我要茶', '嗯，我要茶。'],
    ['err saya nak teh', 'Saya nak teh.'],
    ['my number is zero one two three four five', 'My number is 012 345.'],
    ['a thousand is 1,000', 'A thousand is 1000.'],
    ['他們來嗎', '他们来吗？'],
    ['oh two five', '0 2 5'],
    ['', '...'],
  ])('%s / %s', (a, b) => {
    expect(isSameTurn(a, b)).toBe(true);
    expect(isSameTurn(b, a)).toBe(true);
  });

  it.each([
    ['i want two', 'i want three'],
    ['call mister lim', 'call mister tan'],
    ['i can come', "i can't come"],
    ['boleh datang', 'tak boleh datang'],
    ['我要', '我不要'],
    ['i want tea', 'i want tea and cake'],
    ['it costs 3.50', 'it costs 350'],
    ['room 2 3', 'room 23'],
    ['discount of 5%', 'discount of 5'],
    ['it is -5', 'it is 5'],
    ['turn right', 'turn'],
    ['is that okay', 'is that'],
    ['yes', 'okay'],
    ['yes', 'no'],
    ['um', 'yes'],
    ['oh two five', '2 5'],
    ['查余额', '查余'],
    ['that one please', 'one please'],
    ['i want to go', 'i want you to go'],
  ])('not %s / %s', (a, b) => {
    expect(isSameTurn(a, b)).toBe(false);
    expect(isSameTurn(b, a)).toBe(false);
  });
});
