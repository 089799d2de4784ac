import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { receptionist, receptionistWith, tokenise } from './brain.ts';

const END_CALL = { name: 'end_call' };

test.each([
  ['Hello!', 'Hello! How can I help you?'],
  [
    'When are you open on Sunday?',
    'You asked: When are you open on Sunday? We are open from nine to six, Monday to Saturday.',
  ],
  [
    'I want to book a table for four.',
    'I have noted: I want to book a table for four. Is there anything else?',
  ],
  ['The price is $& and $1', 'You said: The price is $& and $1.'],
  [
    'Saya nak tempah meja untuk dua',
    'Saya catat: Saya nak tempah meja untuk dua. Ada apa-apa lagi?',
  ],
  ['我想预订四个人的座位', '我记下了：我想预订四个人的座位. 还有什么可以帮您？'],
  ['', 'Hello, this is the reception. How can I help you?'],
])('%s', (said, content) => {
  expect(receptionist([{ role: 'user', content: said }], [END_CALL])).toEqual({ content });
});

test('says goodbye and hangs up, if it can', () => {
  const goodbye = [{ role: 'user', content: 'That is all, goodbye.' }];
  const content = 'Thank you for calling. Goodbye!';
  expect(receptionist(goodbye, [])).toEqual({ content });
  expect(receptionist(goodbye, [{ name: 'get_menu' }, END_CALL])).toEqual({
    content,
    toolCalls: [{ name: 'end_call', arguments: {} }],
  });
});

test('answers what the caller said last', () => {
  const messages = [
    { role: 'user', content: 'First.' },
    { role: 'assistant', content: 'You said: First.' },
    { role: 'user', content: 'Second.' },
  ];
  expect(receptionist(messages, []).content).toBe('You said: Second.');
});

test('goes on with an answer that broke off when it is asked to', () => {
  const question = { role: 'user', content: 'A table, please.' };
  const broken = { role: 'assistant', content: 'I have noted: A' };
  const request = { role: 'system', content: 'Go on.' };
  const content = 'table, please. Is there anything else?';
  expect(receptionist([question, broken, request], [])).toEqual({ content });
  // What was never the answer is not gone on with.
  const whole = { content: `I have noted: A ${content}` };
  const other = { role: 'assistant', content: 'Something else' };
  expect(receptionist([question, other, request], [])).toEqual(whole);
  expect(receptionist([question], [])).toEqual(whole);
});

test('tells what a tool answered', () => {
  expect(receptionist([{ role: 'tool', content: 'table 5' }], []).content).toContain('table 5.');
});

test('tokens put together are the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(tokenise(text).join('')).toBe(text);
    }),
  );
  expect(tokenise('Hello there, 您好')).toEqual(['Hello', ' there,', ' 您', '好']);
});

test('calls the tool that fits if it is on offer, and tells what it answered', () => {
  const brain = receptionistWith([{ said: /parcel/u, tool: 'track', arguments: { id: 7 } }]);
  const question = [{ role: 'user', content: 'Where is my parcel?' }];
  expect(brain(question, [{ name: 'track' }])).toEqual({
    content: '',
    toolCalls: [{ name: 'track', arguments: { id: 7 } }],
  });
  expect(brain(question, [])).toEqual({ content: 'You said: Where is my parcel?' });
  expect(brain([...question, { role: 'tool', content: 'On its way' }], [])).toEqual({
    content: 'Done. The answer was: On its way.',
  });
});
