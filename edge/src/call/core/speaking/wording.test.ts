import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallOutput } from '../contract.ts';
import { Outlet } from '../playout/outlet.ts';
import { PlayoutClock } from '../playout/playout-clock.ts';
import { VoiceRoutes } from './voice-routes.ts';
import { Voicing } from './voicing.ts';
import { Wording } from './wording.ts';

const clipOf = (text: string) => ({ mulaw: new Uint8Array(text.length * 400).fill(0x10) });

class Rig {
  readonly outputs: CallOutput[] = [];
  clauses = 0;
  readonly voicing: Voicing;
  readonly wording: Wording;

  constructor() {
    const emit = (output: CallOutput): void => void this.outputs.push(output);
    const outlet = new Outlet(emit);
    outlet.start(true);
    this.voicing = new Voicing(
      {
        name: 'turn-0',
        language: 'en',
        outlet,
        clock: new PlayoutClock(),
        routes: new VoiceRoutes(1),
        timings: { ttsFirstAudioMsMax: 2000, ttsStallMsMax: 2000 },
        emit,
        waitingSince: 0,
        hasFiller: () => false,
      },
      false,
    );
    this.wording = new Wording(this.voicing, () => void this.clauses++);
  }

  write(...texts: readonly string[]): this {
    for (const text of texts) this.wording.write(text, 0);
    return this;
  }

  flush(): this {
    this.wording.flush(0);
    return this;
  }

  /** Given to the voice, in the pieces in which it was. */
  get pieces(): string[] {
    return this.outputs.flatMap((each) => (each.kind === 'tts-speak' ? each.text : []));
  }

  get text(): string {
    return this.voicing.text;
  }
}

describe('what is written', () => {
  it('is spoken clause by clause, the first one soon', () => {
    const rig = new Rig().write('Sure', ', we', ' are open from nine to six. And');
    expect(rig.pieces).toEqual(['Sure, ', 'we are open from nine to six. ']);
    expect(rig.flush().pieces.at(-1)).toBe('And');
    expect(rig.clauses).toBe(3);
  });

  it('is nothing where there is nothing to speak', () => {
    expect(new Rig().write(' ', '\n', '').flush().pieces).toEqual([]);
  });

  it('is apart from what was written before a tool was called', () => {
    const rig = new Rig().write('Let me see.').flush();
    rig.wording.beginAnew();
    expect(rig.write('It is there.').flush().text).toBe('Let me see. It is there.');
    const chinese = new Rig().write('请稍等。').flush();
    chinese.wording.beginAnew();
    expect(chinese.write('找到了。').flush().text).toBe('请稍等。找到了。');
  });
});

describe('an opener', () => {
  it.each([
    ['goes before what follows', ['We are open.'], 'Okay, We are open.'],
    ['is not said twice', ['Okay', ', we are open.'], 'Okay, we are open.'],
    ['is not said twice with another mark', ['Okay. ', 'We are open.'], 'Okay, We are open.'],
    [
      'is said beside a word that only begins like it',
      ['Okayama is far.'],
      'Okay, Okayama is far.',
    ],
    ['is said beside a word that is shorter', ['Ok, we are open.'], 'Okay, Ok, we are open.'],
    ['is all there is of the same word', ['Okay.'], 'Okay,'],
  ])('%s', (_, written, expected) => {
    const rig = new Rig();
    rig.wording.open('Okay,', clipOf('Okay,'), 0);
    expect(
      rig
        .write(...written)
        .flush()
        .text.trim(),
    ).toBe(expected);
  });

  it('goes before what was written and not heard', () => {
    const rig = new Rig().write('We are open. ');
    rig.wording.open('Okay,', clipOf('Okay,'), 0);
    expect(rig.write('From nine. ').flush().text.trim()).toBe('Okay, We are open. From nine.');
  });
});

describe('a phrase of our own', () => {
  it('is put in where two texts meet', () => {
    const rig = new Rig().write('Let me see.').flush();
    rig.wording.interject('One moment.', undefined, 0);
    rig.write('It is there.').flush();
    expect(rig.text).toBe('Let me see. One moment. It is there.');
  });

  it.each([
    ['Let me see.', 'One moment.', 'One moment. Let me see. It is there.'],
    ['请看。', '请稍等。', '请稍等。请看。 It is there.'],
  ])('is there at once, before what is still to be voiced: %s', (written, own, expected) => {
    const rig = new Rig().write(written).flush();
    rig.wording.interject(own, clipOf(own), 0);
    rig.write('It is there.').flush();
    expect(rig.text).toBe(expected);
  });

  it('is the last, behind what there is', () => {
    const rig = new Rig().write('We are open from').flush();
    rig.wording.conclude('Sorry, again please.', undefined, 0);
    expect(rig.flush().text).toBe('We are open from Sorry, again please.');
  });

  it('is behind another one', () => {
    const rig = new Rig();
    rig.wording.open('Okay,', clipOf('Okay,'), 0);
    rig.wording.interject('One moment.', clipOf('One moment.'), 0);
    rig.wording.conclude('Goodbye.', clipOf('Goodbye.'), 0);
    expect(rig.text).toBe('Okay, One moment. Goodbye.');
  });
});

const WORDS = [
  'Sure,',
  'we',
  'open',
  'at',
  '9.30',
  'a.m.',
  'RM',
  '12.50',
  'Dr.',
  'Lim',
  '“yes”',
  '好的，',
  '星期三。',
  'Really?',
  '—',
  '…',
];
const texts = fc
  .array(fc.constantFrom(...WORDS), { maxLength: 30 })
  .map((words) => words.join(' '));

/** `text` in pieces: cut after each of these numbers of characters. */
function chunksOf(text: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  let rest = text;
  for (const length of lengths) {
    chunks.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return [...chunks, rest];
}

it('loses and repeats no character, however it is cut into tokens', () => {
  const lengths = fc.array(fc.nat({ max: 9 }));
  fc.assert(
    fc.property(texts, lengths, (text, all) => {
      const rig = new Rig().write(...chunksOf(text, all)).flush();
      expect(rig.text.trimEnd()).toBe(text.trimEnd());
    }),
  );
});

it('keeps each word of every hand once, and in order', () => {
  const hand = fc.tuple(fc.constantFrom('write', 'interject', 'again'), texts);
  fc.assert(
    fc.property(fc.array(hand, { maxLength: 6 }), (hands) => {
      const rig = new Rig();
      for (const [how, text] of hands) {
        rig.flush();
        if (how === 'interject') {
          if (text !== '') rig.wording.interject(text, undefined, 0);
          continue;
        }
        if (how === 'again') rig.wording.beginAnew();
        rig.write(text);
      }
      rig.flush();
      const bare = (text: string): string => text.replaceAll(/\s/gu, '');
      expect(bare(rig.text)).toBe(bare(hands.map(([, text]) => text).join('')));
    }),
  );
});
