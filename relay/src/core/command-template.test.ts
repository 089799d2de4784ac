import { expect, it } from 'vitest';
import { fillArgument, splitCommand, takesText } from './command-template.ts';

const VALUES = { text: 'Hello {voice} "you"; rm -rf /', language: 'ms', voice: 'man' };

it.each([
  [
    'espeak-ng --stdout  -v {language} {text}',
    ['espeak-ng', '--stdout', '-v', '{language}', '{text}'],
  ],
  [`say -m "a b" 'c "d"' e\\ f`, ['say', '-m', 'a b', 'c "d"', 'e f']],
  [`say ""`, ['say', '']],
  [`say --x="a b"c`, ['say', '--x=a bc']],
  [`say $HOME | cat`, ['say', '$HOME', '|', 'cat']],
  ['', undefined],
  ['  ', undefined],
  [`""`, undefined],
  [`say "x`, undefined],
  ['say \\', undefined],
])('splits %j', (template, expected) => {
  expect(splitCommand(template)).toEqual(expected);
});

it.each([
  ['{text}', VALUES.text],
  ['-v{language}+{voice}', '-vms+man'],
  ['{other}', '{other}'],
])('fills %j', (argument, expected) => {
  expect(fillArgument(argument, VALUES)).toBe(expected);
});

it.each(['-f/etc/passwd', '--help', '-'])('makes no option of %j', (text) => {
  expect(fillArgument('{text}', { ...VALUES, text })).toBe(` ${text}`);
});

it('knows whether the text is an argument', () => {
  expect(takesText(['say', '--text={text}'])).toBe(true);
  expect(takesText(['say', '{language}'])).toBe(false);
});
