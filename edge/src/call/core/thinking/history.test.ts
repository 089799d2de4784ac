import { describe, expect, it } from 'vitest';
import { History, toolMessages } from './history.ts';

const OPTIONS = { messagesMax: 10, charsMax: 1000 };
const lines = (history: History): string[] =>
  history.messages().map(({ role, content }) => `${role}: ${content}`);
const answer = (id: string, result: string) => ({
  call: { id, name: 'look_up', argumentsJson: '{}' },
  result,
});

describe('history', () => {
  it('keeps what was said in order and leaves out what was not heard', () => {
    const history = new History(OPTIONS);
    history.addAgent(() => 'Hello! ');
    history.addCaller('I would like');
    history.addAgent(() => '');
    history.addCaller('a table');
    history.addCaller(' ');
    history.addAgent(() => 'For how');
    expect(lines(history)).toEqual([
      'assistant: Hello!',
      'user: I would like a table',
      'assistant: For how',
    ]);
  });

  it('asks each time what was heard: marks may still be on their way', () => {
    const history = new History(OPTIONS);
    let heard = 'We are';
    history.addAgent(() => heard);
    expect(lines(history)).toEqual(['assistant: We are']);
    heard = 'We are open';
    expect(lines(history)).toEqual(['assistant: We are open']);
  });

  it('joins Chinese without a space', () => {
    const history = new History(OPTIONS);
    history.addCaller('我想订位，');
    history.addCaller('两个人');
    expect(lines(history)).toEqual(['user: 我想订位，两个人']);
  });

  it('tells of tools before what was said about them, each result by its id', () => {
    const history = new History(OPTIONS);
    history.addCaller('is it open');
    history.addTools([]);
    history.addTools([answer('a', 'open'), answer('b', 'closed')]);
    history.addAgent(() => 'It is.');
    expect(history.messages()).toEqual([
      { role: 'user', content: 'is it open' },
      { role: 'assistant', content: '', toolCalls: [answer('a', '').call, answer('b', '').call] },
      { role: 'tool', toolCallId: 'a', content: 'open' },
      { role: 'tool', toolCallId: 'b', content: 'closed' },
      { role: 'assistant', content: 'It is.' },
    ]);
  });

  it('keeps the calls of tools apart from what is said after a tool that came late', () => {
    const history = new History(OPTIONS);
    history.addAgent(() => 'One moment.');
    history.addTools([answer('a', 'done')]);
    history.addAgent(() => 'Done.');
    expect(lines(history)).toEqual([
      'assistant: One moment.',
      'assistant: ',
      'tool: done',
      'assistant: Done.',
    ]);
  });

  it('puts the text before the calls of the same turn', () => {
    expect(toolMessages([answer('a', 'open')], 'Let me see.')[0]).toMatchObject({
      content: 'Let me see.',
      toolCalls: [{ id: 'a' }],
    });
  });

  it("takes back the caller's last words, and nobody else's", () => {
    const history = new History(OPTIONS);
    history.addCaller('book a table');
    history.takeBackCaller();
    expect(lines(history)).toEqual([]);
    history.addCaller('book a table');
    history.addAgent(() => 'For how many?');
    history.takeBackCaller();
    expect(lines(history)).toEqual(['user: book a table', 'assistant: For how many?']);
  });

  it("puts right the caller's last words, also when they have been answered", () => {
    const history = new History(OPTIONS);
    history.amendCaller('nobody has spoken');
    history.addCaller('hello');
    history.addAgent(() => 'Yes?');
    history.addCaller('cook a tablet');
    history.addAgent(() => 'Pardon?');
    history.amendCaller('book a table');
    expect(lines(history)).toEqual([
      'user: hello',
      'assistant: Yes?',
      'user: book a table',
      'assistant: Pardon?',
    ]);
  });

  it('tells what would be if the caller had said something, and keeps nothing of it', () => {
    const history = new History(OPTIONS);
    history.addCaller('book');
    expect(history.messagesWith(' a table ')).toEqual([{ role: 'user', content: 'book a table' }]);
    expect(lines(history)).toEqual(['user: book']);
  });

  it.each([
    ['messages', { messagesMax: 2, charsMax: 1000 }, ['assistant: b', 'user: c']],
    ['characters', { messagesMax: 10, charsMax: 2 }, ['assistant: b', 'user: c']],
    ['characters of the last message alone', { messagesMax: 10, charsMax: 0 }, ['user: c']],
  ])('forgets the oldest beyond its bound of %s', (_, options, expected) => {
    const history = new History(options);
    history.addCaller('a');
    history.addAgent(() => 'b');
    history.addCaller('c');
    expect(lines(history)).toEqual(expected);
  });

  it('forgets a call of a tool together with its result', () => {
    const history = new History({ messagesMax: 1, charsMax: 1000 });
    history.addTools([answer('a', 'open')]);
    history.addCaller('c');
    expect(lines(history)).toEqual(['user: c']);
  });
});
