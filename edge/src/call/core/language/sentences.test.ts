import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SENTENCE_DEFAULTS, SentenceSplitter } from './sentences.ts';

/** The pieces of `text`, given to the splitter `size` characters at a time. */
function split(text: string, size = 3, options = SENTENCE_DEFAULTS): string[] {
  const splitter = new SentenceSplitter(options);
  const pieces: string[] = [];
  for (let i = 0; i < text.length; i += size)
    pieces.push(...splitter.push(text.slice(i, i + size)));
  return [...pieces, ...splitter.flush()];
}

describe('sentences', () => {
  it.each([
    ['sentences', 'Yes. We are open! Are you?', ['Yes. ', 'We are open! ', 'Are you?']],
    [
      'a first clause',
      'Of course I can, what day do you want, sir?',
      ['Of course I can, ', 'what day do you want, sir?'],
    ],
    ['no clause that is too short', 'Well, I think so.', ['Well, I think so.']],
    ['decimals', 'It is 3.5 metres. Good.', ['It is 3.5 metres. ', 'Good.']],
    ['thousands', 'It costs RM 1,250.00 in all. Good.', ['It costs RM 1,250.00 in all. ', 'Good.']],
    [
      'groups of a number',
      'Please call me at 03, 555, 123 now.',
      ['Please call me at 03, 555, 123 now.'],
    ],
    [
      'titles',
      'Ask for Dr. Lim or Mrs. Tan. Thanks.',
      ['Ask for Dr. Lim or Mrs. Tan. ', 'Thanks.'],
    ],
    ['initials', 'It is J. K. Tan who called. Yes.', ['It is J. K. Tan who called. ', 'Yes.']],
    [
      'abbreviations within',
      'Bring papers, e.g. a bill. Good.',
      ['Bring papers, ', 'e.g. a bill. ', 'Good.'],
    ],
    [
      'times',
      'Come at 5 p.m. on Monday. Or at 6 p.m. We wait.',
      ['Come at 5 p.m. on Monday. ', 'Or at 6 p.m. ', 'We wait.'],
    ],
    [
      'numbers of things',
      'See No. 5 there. No. I mean it.',
      ['See No. 5 there. ', 'No. ', 'I mean it.'],
    ],
    ['items', '1. Eggs.\n2. Milk.', ['1. Eggs.\n', '2. Milk.']],
    [
      'Malay companies',
      'Syarikat Maju Sdn. Bhd. di Jln. Ampang. Ya.',
      ['Syarikat Maju Sdn. Bhd. di Jln. Ampang. ', 'Ya.'],
    ],
    [
      'Malay clauses',
      'Baiklah encik, saya akan semak. Sekejap ya.',
      ['Baiklah encik, ', 'saya akan semak. ', 'Sekejap ya.'],
    ],
    [
      'Chinese',
      '好的，我帮您查一下。请稍等！可以吗？',
      ['好的，我帮您查一下。', '请稍等！', '可以吗？'],
    ],
    [
      'prices',
      'Harganya RM 1,234.50 atau $3.50, iaitu 12.5% kurang. Baik.',
      ['Harganya RM 1,234.50 atau $3.50, ', 'iaitu 12.5% kurang. ', 'Baik.'],
    ],
    ['times', 'Kita jumpa pukul 3.30 petang. Okey?', ['Kita jumpa pukul 3.30 petang. ', 'Okey?']],
    ['days', 'Datang pada 1. Mac nanti. Ya.', ['Datang pada 1. Mac nanti. ', 'Ya.']],
    [
      'numbers before another sentence',
      'It costs 50. Anything else?',
      ['It costs 50. ', 'Anything else?'],
    ],
    [
      'e-mail and web addresses',
      'Write to a.b@c.com or www.x.com.my. Thanks.',
      ['Write to a.b@c.com or www.x.com.my. ', 'Thanks.'],
    ],
    [
      'phone numbers',
      'Call 03-1234 5678 or +60 12 345 6789. Thanks.',
      ['Call 03-1234 5678 or +60 12 345 6789. ', 'Thanks.'],
    ],
    [
      'addresses',
      'Kami di No. 5, Jalan Ampang. Jumpa nanti.',
      ['Kami di No. 5, Jalan Ampang. ', 'Jumpa nanti.'],
    ],
    ['dates', 'It is on March 12, 2026 then. Yes.', ['It is on March 12, 2026 then. ', 'Yes.']],
    ['ordinals', 'On the 1st. Or the 2nd.', ['On the 1st. ', 'Or the 2nd.']],
    ['units', 'It is unit 12A. Come up.', ['It is unit 12A. ', 'Come up.']],
    [
      'a list that goes on',
      'Eggs, milk etc. are here. Yes.',
      ['Eggs, milk etc. are here. ', 'Yes.'],
    ],
    ['a list that ends', 'Telur dan susu dll. Ada lagi?', ['Telur dan susu dll. ', 'Ada lagi?']],
    [
      'Chinese quotes',
      '他说：“好的。”然后走了。再见。',
      ['他说：“好的。”', '然后走了。', '再见。'],
    ],
    ['a Chinese ellipsis', '嗯……我看看。好。', ['嗯……', '我看看。', '好。']],
    ['Chinese lists', '有苹果、香蕉、橙子和梨。好。', ['有苹果、香蕉、橙子和梨。', '好。']],
    ['wide figures', '时间是下午3：30，可以吗？', ['时间是下午3：30，', '可以吗？']],
    [
      'narrow marks in Chinese',
      '没有问题的,我帮您查. 好的!请稍等',
      ['没有问题的,', '我帮您查. ', '好的!', '请稍等'],
    ],
    ['items in Chinese', '1.苹果和梨2.香蕉。', ['1.苹果和梨2.香蕉。']],
    [
      'mixed clauses',
      'Okay encik Lim, 我帮您check一下。Sekejap ya.',
      ['Okay encik Lim, ', '我帮您check一下。', 'Sekejap ya.'],
    ],
    ['a first Chinese clause', '没有问题的，我帮您查一下。', ['没有问题的，', '我帮您查一下。']],
    ['quotes', 'He said "no." Then he left.', ['He said "no." ', 'Then he left.']],
    ['an ellipsis', 'Well... Let me see. Yes.', ['Well... ', 'Let me see. ', 'Yes.']],
    ['lines', 'First line\nsecond line', ['First line\n', 'second line']],
    ['marks alone', '!!! Yes. No.', ['!!! Yes. ', 'No.']],
    ['nothing', '', []],
    ['white space', '  \n ', []],
  ])('keeps to %s', (_, text, pieces) => {
    expect(split(text)).toEqual(pieces);
    // However the tokens are cut, the first piece is the same: it decides when the voice starts.
    expect(split(text, 1)[0]).toBe(pieces[0]);
    expect(split(text, 1000)).toEqual(pieces);
  });

  it('lets a short opener go first when asked', () => {
    const options = { ...SENTENCE_DEFAULTS, firstWeightMin: 4 };
    const pieces = split('Sure, let me look at that, one moment, please. Fine, good.', 3, options);
    expect(pieces).toEqual([
      'Sure, ',
      'let me look at that, ',
      'one moment, please. ',
      'Fine, good.',
    ]);
    expect(split('好的，我看看。', 1, options)).toEqual(['好的，', '我看看。']);
    expect(split('Ya, saya ada.', 1, options)).toEqual(['Ya, saya ada.']);
  });

  it('gives a sentence away as soon as its end is certain', () => {
    const splitter = new SentenceSplitter();
    expect(splitter.push('It is 3')).toEqual([]);
    expect(splitter.push('.')).toEqual([]);
    expect(splitter.push('5 metres.')).toEqual([]);
    expect(splitter.push(' ')).toEqual(['It is 3.5 metres. ']);
    expect(splitter.push('好。')).toEqual(['好。']);
  });

  it.each([
    ['words', 'word '.repeat(200)],
    ['clauses', 'some words here, '.repeat(60)],
    ['Chinese', '字'.repeat(900)],
    ['faces', '😀a'.repeat(400)],
  ])('cuts %s that never end', (_, text) => {
    const pieces = split(text, 7);
    expect(pieces.join('').trimEnd()).toBe(text.trimEnd());
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(SENTENCE_DEFAULTS.charsMax);
      expect(piece.isWellFormed()).toBe(true);
    }
  });

  const parts = fc.constantFrom(
    'Dr. ',
    '3.5',
    '1,000',
    '. ',
    '! ',
    '? ',
    ', ',
    '。',
    '，',
    '！',
    '”',
    '"',
    '\n',
    ' ',
    'a',
    'Yes',
    '你好',
    'Sdn. Bhd.',
    'e.g. ',
    '😀',
    '...',
    ':',
    'p.m. ',
    'No. ',
    '1. Mac ',
    '5, ',
    '“',
    '…',
    'M',
  );
  const texts = fc.array(fc.oneof(parts, fc.string({ unit: 'binary' })), { maxLength: 60 });
  it('loses and adds nothing, whatever comes', () => {
    fc.assert(
      fc.property(texts, (tokens) => {
        const splitter = new SentenceSplitter();
        const pieces = tokens.flatMap((token) => splitter.push(token));
        pieces.push(...splitter.flush());
        expect(pieces.join('').trimEnd()).toBe(tokens.join('').trimEnd());
        for (const piece of pieces) expect(piece.trim()).not.toBe('');
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('cuts the same pieces however the tokens are cut', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 40 })), (tokens, sizes) => {
        const text = tokens.join('');
        const options = { ...SENTENCE_DEFAULTS, charsMax: 60 };
        const splitter = new SentenceSplitter(options);
        const pieces: string[] = [];
        let from = 0;
        for (const size of sizes) {
          pieces.push(...splitter.push(text.slice(from, from + size)));
          from += size;
        }
        pieces.push(...splitter.push(text.slice(from)), ...splitter.flush());
        expect(pieces).toEqual(split(text, 1, options));
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  it('takes any text in time', () => {
    for (const part of ['a', '. ', '“。', '1. ', 'No. ', ' ', '，', '1,']) {
      const startedAt = performance.now();
      split(part.repeat(Math.ceil(10_000 / part.length)), 10_000);
      expect(performance.now() - startedAt).toBeLessThan(1000);
    }
  });

  it('never cuts inside a number', () => {
    const number = fc.oneof(
      fc.integer({ min: 1000, max: 999_999 }).map((value) => value.toLocaleString('en')),
      fc.integer({ min: 0, max: 9999 }).map((value) => (value / 100).toFixed(2)),
    );
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        (all, size) => {
          const pieces = split(all.map((value) => `It costs ${value} today. `).join(''), size);
          expect(pieces).toHaveLength(all.length);
        },
      ),
      { seed: 4, numRuns: 200 },
    );
  });
});

describe('text that has almost stopped coming', () => {
  it.each([
    ['We are open fr', 'We are open '],
    ['We are open ', 'We are '],
    ['Open', ''],
    ['It is RM 5', 'It is '],
    ['It is RM 50 a ni', 'It is RM 50 a '],
    ['Call 03-1234 56', ''],
    ['我们九点', '我们九点'],
    ['  ', ''],
  ])('"%s" gives "%s"', (text, words) => {
    const splitter = new SentenceSplitter();
    splitter.push(text);
    expect(splitter.hasWords).toBe(words !== '');
    expect(splitter.flushWords().join('')).toBe(words);
    expect(splitter.flush().join('')).toBe(
      text.slice(words.length).trim() === '' ? '' : text.slice(words.length),
    );
  });
});

it.each([
  ['We open on Satur', 'Satur', 'We open on '],
  ['We open on ', '', 'We open on '],
  ['That is RM 5', 'RM 5', 'That is '],
  ['我们星期', '', '我们星期'],
])('takes back what there is of a word: %s', (text, word, rest) => {
  const splitter = new SentenceSplitter({ ...SENTENCE_DEFAULTS, firstWeightMin: 100 });
  expect(splitter.push(text)).toEqual([]);
  expect(splitter.takeBackWord()).toBe(word);
  expect(splitter.flush()).toEqual([rest]);
});
