import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitCountOf } from './digits.ts';
import { completenessOf } from './unfinished.ts';

describe('completeness', () => {
  it.each([
    'yes',
    'No.',
    'ok',
    'ya betul',
    'tak nak',
    'tak apa',
    '好的',
    '不用了',
    '嗯',
    'I would like to book a table.',
    'Saya nak tempah meja.',
    '我想订位。',
    "That's what I'm looking for.",
    'what time do you open',
    'how much is the room',
    'where are you calling from',
    'can i come on monday',
    'boleh saya datang esok tak',
    'ada kosong ke',
    'berapa harga bilik ni',
    'pukul berapa',
    '你们几点开门',
    '可以便宜一点吗',
    '这样可不可以',
    'Is it?',
    'And?',
    'He said "yes."',
    'Saya.',
    'do you have a table for two',
    'can you tell me your address',
    "no it's not",
    'i think so',
    'nak tanya ada tak bilik untuk esok',
    'boleh lah',
    '你们有没有停车场',
    '没有问题啊',
    'My name is Dan.',
    'I was in a jam.',
    'is it for dan can i come',
    "That's who I asked for.",
    'who is he',
    '需要',
  ])('%s is complete', (text) => {
    expect(completenessOf(text)).toBe('complete');
  });

  it.each([
    'My number is.',
    'my number is',
    'okay and my number',
    'I want to book a',
    'because',
    'It is for my.',
    'i would like to book a table for',
    'I think, um',
    'Uh.',
    'um',
    'I want the blue one, and',
    'On Monday,',
    'I was thinking...',
    'how much is',
    'do you have a table for',
    'can you tell me',
    "what's",
    'well you know',
    'boleh saya tahu',
    '因为我要',
    'what is the',
    'can you',
    'dan',
    'saya nak',
    'Saya nak.',
    'Nombor saya.',
    'ok nama saya',
    'saya nak pergi ke',
    'sebab saya err',
    'Untuk.',
    'barang macam',
    '然后',
    '因为。',
    '我的',
    '我想问一下',
    '号码是',
    '我的电话号码',
    '我要那个',
    '还有，',
    '我们有三个人呃',
    'saya nak book untuk',
    '我想要book一个',
    'when will it',
    'and will he',
    'so why did i',
    'maybe tuesday no sorry',
    'and then he',
    'mungkin selasa eh bukan',
    'nombornya',
    'boleh tak saya',
    'i nak meja dan',
    '那我为什么',
    '可以放在',
    '我收到短信说',
    '好吧如果再出问题',
    '可能星期二不对',
  ])('%s is unfinished', (text) => {
    expect(completenessOf(text)).toBe('unfinished');
  });

  it.each([
    'I want to complain about.',
    'When will it.',
    'It is.',
    'Maybe Tuesday, no sorry.',
    'Saya nak tanya.',
    'Perlu ke saya.',
    '那我为什么。',
    '我要投诉。',
    '可能星期二，不对。',
  ])('%s is doubtful: recognition sets a full stop at every pause', (text) => {
    expect(completenessOf(text)).toBe('doubtful');
  });

  it.each(['that is all', 'itu sahaja', '就这样'])(
    '%s may go on: thanks are mostly next',
    (text) => {
      expect(completenessOf(text)).toBe('open');
    },
  );

  it.each([
    'i want to book a table',
    'on monday',
    'tukar nombor saya',
    'saya nak tempah meja',
    '我要订明天晚上',
    '我不想',
    'i need two',
    'i live at 42',
    'in 2026',
    'around 500',
    '星期一',
    '下个星期',
    '有一百零五',
    'three point one four',
    'three point one four',
    '',
    '?!',
  ])('%s is open', (text) => {
    expect(completenessOf(text)).toBe('open');
  });

  it.each([
    ['zero one two', 3],
    ['My number is 012.', 3],
    ['my number is 012 345', 6],
    ['oh one two double three', 5],
    ['one two triple seven um', 5],
    ['zero one double', 2],
    ['kosong satu dua, err, tiga', 4],
    ['kosong satu dobel dua', 4],
    ['零一二三', 4],
    ['我的号码是幺三八', 3],
    ['it is 0 1 2,', 3],
    ['My number is 0123456789.', 10],
    ['nombor saya 03-1234', 6],
  ])('%s is read out, %i digits', (text, digits) => {
    expect(completenessOf(text)).toBe('digits');
    expect(digitCountOf(text)).toBe(digits);
  });

  it.each([
    ['', 0],
    ['hello', 0],
    ['at 3:30', 0],
    ['two people', 0],
    ['for two', 1],
    ['double', 0],
  ])('%s ends with so many digits: %i', (text, digits) => {
    expect(digitCountOf(text)).toBe(digits);
  });

  it('is judged in time whatever is said', () => {
    const words = fc.constantFrom(
      'what ',
      'is ',
      'um ',
      'double ',
      '1 ',
      '好',
      '什么',
      'apa ',
      'ke ',
      'a',
      ', ',
      '. ',
    );
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 50 }), (parts) => {
        const text = parts
          .join('')
          .repeat(Math.ceil(10_000 / parts.join('').length))
          .slice(0, 10_000);
        const startedAt = performance.now();
        completenessOf(text);
        expect(performance.now() - startedAt).toBeLessThan(1000);
      }),
      { numRuns: 30 },
    );
  });
});
