import { describe, expect, it } from 'vitest';
import { History } from './history.ts';

const lines = (history: History): string[] =>
  history.messages().map(({ role, content }) => `${role}: ${content}`);

describe('history', () => {
  it('keeps what was said in order and leaves out what was not heard', () => {
    const history = new History({ messagesMax: 10, charsMax: 1000 });
    history.addAgent('Hello! ');
    history.addCaller('I would like');
    history.addAgent('');
    history.addCaller('a table');
    history.addAgent('For how');
    expect(lines(history)).toEqual([
      'assistant: Hello!',
      'user: I would like a table',
      'assistant: For how',
    ]);
  });

  it('joins Chinese without a space', () => {
    const history = new History({ messagesMax: 10, charsMax: 1000 });
    history.addCaller('我想订位，');
    history.addCaller('两个人');
    expect(lines(history)).toEqual(['user: 我想订位，两个人']);
  });

  it.each([
    ['messages', { messagesMax: 2, charsMax: 1000 }, ['assistant: b', 'user: c']],
    ['characters', { messagesMax: 10, charsMax: 2 }, ['assistant: b', 'user: c']],
    ['characters of the last message alone', { messagesMax: 10, charsMax: 0 }, ['user: c']],
  ])('forgets the oldest beyond its bound of %s', (_, options, expected) => {
    const history = new History(options);
    history.addCaller('a');
    history.addAgent('b');
    history.addCaller('c');
    expect(lines(history)).toEqual(expected);
  });
});
