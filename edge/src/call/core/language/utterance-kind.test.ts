import { describe, expect, it } from 'vitest';
import { utteranceKindOf } from './utterance-kind.ts';

const kindOf = (text: string, said = ''): string =>
  utteranceKindOf(text, { said, isHeard: true, echoShareMin: 0.7, extraNods: [] });

describe('words over the agent', () => {
  it.each(['事', '队', '毫'])('%s alone is a nod that was misheard', (text) => {
    expect(kindOf(text)).toBe('nod');
  });

  it.each(['要', '不', '那', '三', '事情'])('%s alone is meant', (text) => {
    expect(kindOf(text)).toBe('meant');
  });

  it('are a nod behind the end of what the agent said itself', () => {
    expect(kindOf('monday we i see', 'next monday we are open')).toBe('nod');
    expect(kindOf('let me okay', 'one moment let me look that up')).toBe('nod');
  });

  it('are no nod where one word of the agent is there by chance, or more is said', () => {
    expect(kindOf('and um', 'water is fine and you can eat')).toBe('meant');
    expect(kindOf('monday we come at ten', 'next monday we are open')).toBe('meant');
  });
});
