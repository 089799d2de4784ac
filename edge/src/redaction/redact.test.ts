import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactJson } from './redact-json.ts';
import { redactTurn } from './redact-record.ts';
import { CARD_MASK, IC_MASK, redact } from './redact.ts';

describe('a card number', () => {
  it.each([
    ['in figures', 'My card is 4111111111111111.', `My card is ${CARD_MASK}.`],
    ['in groups', 'It is 4111 1111 1111 1111, thanks', `It is ${CARD_MASK}, thanks`],
    ['with dashes', '5500-0000-0000-0004', CARD_MASK],
    ['of American Express', 'Amex 3782 822463 10005 please', `Amex ${CARD_MASK} please`],
    ['full width', '４１１１１１１１１１１１１１１１', CARD_MASK],
    [
      'in English words',
      'It is four one one one, one one one one, one one one one, one one one one.',
      `It is ${CARD_MASK}.`,
    ],
    [
      'with repeats and hesitations',
      'four triple one um double one double one and then triple one one triple one one ok',
      `${CARD_MASK} ok`,
    ],
    [
      'in Malay words',
      'nombor kad saya empat satu satu satu satu satu satu satu satu satu satu satu satu satu satu satu ya',
      `nombor kad saya ${CARD_MASK} ya`,
    ],
    [
      'in Chinese words',
      '我的卡号是四一一一一一一一一一一一一一一一。',
      `我的卡号是${CARD_MASK}。`,
    ],
    ['with what is said after it', '4111 1111 1111 1111 12 27 123', `${CARD_MASK} 12 27 123`],
    ['after other digits', 'number 1 4111111111111111', `number 1 ${CARD_MASK}`],
  ])('is taken out: %s', (_, text, expected) => expect(redact(text)).toBe(expected));
});

describe('an identity card number', () => {
  it.each([
    ['with dashes', 'IC 850612-14-5321', `IC ${IC_MASK}`],
    ['without', 'IC: 850612145321.', `IC: ${IC_MASK}.`],
    [
      'in Malay words',
      'ic saya lapan lima kosong enam satu dua satu empat lima tiga dua satu',
      `ic saya ${IC_MASK}`,
    ],
    ['in Chinese words', '身份证八五零六一二一四五三二一', `身份证${IC_MASK}`],
    [
      'in English words with dashes said',
      'eight five zero six one two dash one four dash five three two one',
      IC_MASK,
    ],
  ])('is taken out: %s', (_, text, expected) => expect(redact(text)).toBe(expected));
});

describe('what stays', () => {
  it.each([
    'Call me at +60 12-345 6789.',
    'Call me at 0060123456789',
    'My number is zero one two three four five six seven eight nine',
    'nombor saya kosong satu dua tiga empat lima enam tujuh lapan sembilan',
    '我的电话是零一二三四五六七八九',
    'Order 4111111111111112 was paid.',
    'It costs RM 1,250.50 on 12 June 2026 at 3:30.',
    'One table for two, please.',
    '851312-14-5321',
    '850612-00-5321',
    '',
  ])('is everything else: %s', (text) => expect(redact(text)).toBe(text));

  it('is every text without digits, and redacting twice is redacting once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(redact(redact(text))).toBe(redact(text));
      }),
    );
  });
});

it('JSON stays JSON', () => {
  expect(redactJson('{"card":4111111111111111,"notes":["850612-14-5321"],"n":2}')).toBe(
    `{"card":"${CARD_MASK}","notes":["${IC_MASK}"],"n":2}`,
  );
  expect(redactJson('{"card":4111111111111111')).toBe(`{"card":${CARD_MASK}`);
});

it('a turn is redacted wherever text is kept of it', () => {
  const card = '4111111111111111';
  const turn = redactTurn({
    index: 1,
    kind: 'reply',
    startedAt: 0,
    understood: card,
    agent: card,
    heard: card,
    opener: card,
    interrupted: false,
    falseAlarms: 0,
    isSpeculative: false,
    tools: [{ name: 'pay', argumentsJson: `{"card":"${card}"}`, result: card }],
    waterfallMs: {},
    errors: [],
  });
  expect(JSON.stringify(turn)).not.toContain(card);
});
