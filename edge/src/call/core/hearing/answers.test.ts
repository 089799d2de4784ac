import { describe, expect, it } from 'vitest';
import { Answers } from './answers.ts';
import { ENDPOINTING_DEFAULTS } from './endpointing-options.ts';
import { Surroundings } from './surroundings.ts';

const NOW = 10_000;

function heard(lengthMs: number, surroundings = new Surroundings()): Answers {
  const answers = new Answers(ENDPOINTING_DEFAULTS, surroundings);
  answers.hear(1000, 1000 + lengthMs);
  return answers;
}

function noisy(): Surroundings {
  const surroundings = new Surroundings();
  for (let i = 0; i < 3; i++) surroundings.noteWordless(NOW);
  return surroundings;
}

describe('an answer is missing', () => {
  it.each([
    ['of speech, without a word of it', 450, false, true],
    ['of what may be a word, alone', 180, false, true],
    ['not of what is too short for a word', 160, false, false],
    ['of the rest of a sentence', 300, true, true],
    ['not of a breath behind words', 280, true, false],
  ])('%s', (_, lengthMs, hasWords, isMissing) => {
    expect(heard(lengthMs).isMissing(hasWords, NOW)).toBe(isMissing);
  });

  it('no longer when recognition says that it has heard so far, if only nothing', () => {
    const answers = heard(900);
    answers.note(1900);
    expect(answers.isMissing(false, NOW)).toBe(false);
    answers.hear(2500, 2700);
    // Not alone: recognition has had something to say in this turn.
    expect(answers.isMissing(false, NOW)).toBe(false);
    answers.hear(2700, 3000);
    expect(answers.isMissing(false, NOW)).toBe(true);
  });

  it('not of a short sound where recognition is known to pass over those', () => {
    const answers = heard(200);
    answers.noteTacit();
    expect(answers.isMissing(false, NOW)).toBe(false);
    expect(heard(500).isMissing(false, NOW)).toBe(true);
  });

  it('not in a noisy place, until nothing else is heard', () => {
    const answers = heard(900, noisy());
    for (let i = 0; i < 2; i++) {
      expect(answers.isMissing(false, NOW)).toBe(false);
      answers.giveUp();
      answers.hear(5000 + 2000 * i, 6000 + 2000 * i);
    }
    expect(answers.isMissing(false, NOW)).toBe(true);
    answers.noteWords();
    expect(answers.isMissing(false, NOW)).toBe(false);
  });
});

describe('a sound without words is', () => {
  it.each([
    ['unheard', 900],
    ['doubtful', 300],
    ['noise', 100],
  ])('%s while recognition is silent', (sound, lengthMs) => {
    expect(heard(lengthMs).wordlessSound(NOW)).toBe(sound);
  });

  it.each([
    ['unintelligible', 900],
    ['noise', 300],
  ])('%s when recognition has found no words in it', (sound, lengthMs) => {
    const answers = heard(lengthMs);
    answers.note(1000 + lengthMs);
    expect(answers.wordlessSound(NOW)).toBe(sound);
  });

  it('unheard, however short, when it follows one that was doubtful', () => {
    const answers = heard(300);
    answers.giveUp();
    answers.hear(4000, 4300);
    expect(answers.wordlessSound(NOW)).toBe('unheard');
  });
});

it('recognition is deaf after two sounds in a row of which it said nothing, and hears again with the first answer', () => {
  const answers = heard(300);
  answers.giveUp();
  expect(answers.isDeaf).toBe(false);
  answers.hear(4000, 4300);
  answers.giveUp();
  expect(answers.isDeaf).toBe(true);
  answers.note(4300);
  expect(answers.isDeaf).toBe(false);
});

it('a turn that is over takes its sounds with it', () => {
  const answers = heard(900);
  answers.forget();
  expect(answers.isMissing(false, NOW)).toBe(false);
});
