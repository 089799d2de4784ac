/**
 * Called parties, synthesised: people, mailboxes with and without a beep, fax machines, lines with nobody. The same seed and set
 * give the same calls, sample for sample; what was put where is known to the millisecond.
 */

import { seededRandom, type RandomSource } from '../sim/random.ts';
import {
  atLevel,
  concat,
  silence,
  SAMPLES_PER_MS,
  telephoneBand,
  tone,
  toMulaw,
  withNoise,
  type Noise,
} from './line.ts';
import { TEXTS, type Language, type TextSet } from './texts.ts';
import { speak, VARIANTS, type Voice } from './voice.ts';

export type Party = 'person' | 'mailbox' | 'fax' | 'nobody' | 'ringing';

export interface Call {
  readonly name: string;
  readonly party: Party;
  /** Empty for machines that do not speak. */
  readonly language: Language | '';
  /** From the answer to the last word. */
  readonly speechStartMs: number;
  readonly speechEndMs: number;
  /** Undefined for a mailbox without one. */
  readonly beepEndMs: number | undefined;
  readonly noise: Noise;
  /** Speech, or what sounds in its place, above noise. */
  readonly snrDb: number;
  /** What the caller hears from the answer on: µ-law at 8 kHz, whole frames. */
  readonly mulaw: Uint8Array;
}

const PER_KIND = 24;
const LANGUAGES: readonly Language[] = ['en', 'ms', 'cmn'];
const NOISES: readonly Noise[] = ['none', 'white', 'pink', 'hum'];
/** Voicemail services and machines at hand, in Hz and ms: from memory, for want of a published survey. */
const BEEPS = [
  [1000, 500],
  [1400, 300],
  [440, 1000],
  [850, 400],
  [800, 250],
  [1000, 180],
  [1270, 700],
  [950, 1000],
  [500, 600],
  [1800, 300],
  [620, 450],
  [1000, 150],
] as const;
const LISTENING_MS = 5000;
const FRAME_SAMPLES = 160;

/** `perKind`: calls of each kind and language; fewer are the first of the others. */
export async function makeCorpus(
  set: TextSet,
  seed: number,
  perKind: number = PER_KIND,
): Promise<readonly Call[]> {
  const calls: Call[] = [];
  for (const language of LANGUAGES) {
    for (let i = 0; i < perKind; i++) {
      calls.push(await person(set, language, i, randomOf(seed, language, 'person', i)));
      calls.push(await mailbox(set, language, i, randomOf(seed, language, 'mailbox', i)));
    }
  }
  for (let i = 0; i < 12; i++) calls.push(...machines(i, randomOf(seed, 'en', 'machines', i)));
  return calls;
}

/** One row of numbers per call, so that a change of one leaves the others as they were. */
function randomOf(seed: number, ...names: readonly (string | number)[]): RandomSource {
  let state = seed;
  for (const char of names.join('/')) state = Math.imul(state, 31) + (char.codePointAt(0) ?? 0);
  return seededRandom(state);
}

interface Draw {
  between(min: number, max: number): number;
  one<T>(items: readonly [T, ...T[]] | readonly T[]): T;
}

function drawing(random: RandomSource): Draw {
  return {
    between: (min, max) => min + random() * (max - min),
    one(items) {
      const item = items[Math.floor(random() * items.length)];
      if (item === undefined) throw new Error('nothing to choose from');
      return item;
    },
  };
}

function voiceOf(language: Language, draw: Draw): Voice {
  return {
    language,
    variant: draw.one(VARIANTS),
    wordsPerMinute: Math.round(draw.between(135, 200)),
    pitch: Math.round(draw.between(25, 75)),
  };
}

/** A text with its pauses. */
async function say(text: string, voice: Voice, draw: Draw, pauseMs: number): Promise<Float64Array> {
  const parts: Float64Array[] = [];
  for (const part of text.split('|')) {
    if (parts.length > 0) parts.push(silence(pauseMs * draw.between(0.8, 1.2)));
    parts.push(await speak(part.trim(), voice));
  }
  return concat(parts);
}

async function person(
  set: TextSet,
  language: Language,
  index: number,
  random: RandomSource,
): Promise<Call> {
  const draw = drawing(random);
  const { people } = TEXTS[set][language];
  const text = people[index % people.length] ?? '';
  // Who says a second hello does so when nobody answered the first.
  const speech = await say(text, voiceOf(language, draw), draw, 600);
  const delayMs = draw.between(150, 1500);
  return finish(
    `${language}-person-${index}`,
    'person',
    language,
    delayMs,
    speech,
    [],
    draw,
    random,
  );
}

async function mailbox(
  set: TextSet,
  language: Language,
  index: number,
  random: RandomSource,
): Promise<Call> {
  const draw = drawing(random);
  const { mailboxes } = TEXTS[set][language];
  const text = mailboxes[index % mailboxes.length] ?? '';
  const speech = await say(text, voiceOf(language, draw), draw, draw.between(300, 900));
  const delayMs = draw.between(50, 1200);
  const [hz, ms] = draw.one(BEEPS);
  // Every fourth has none.
  const beep =
    index % 4 === 3
      ? []
      : [
          silence(draw.between(200, 1600)),
          tone({
            frequenciesHz: [hz],
            ms,
            levelDbov: draw.between(-26, -12),
            fadeMs: draw.between(2, 15),
          }),
        ];
  return finish(
    `${language}-mailbox-${index}`,
    'mailbox',
    language,
    delayMs,
    speech,
    beep,
    draw,
    random,
  );
}

/** What speaks no language. */
function machines(index: number, random: RandomSource): Call[] {
  const draw = drawing(random);
  const levelDbov = draw.between(-28, -12);
  const isAnsam = index % 2 === 0;
  const ced = tone({
    frequenciesHz: [2100],
    ms: draw.between(2600, 4000),
    levelDbov,
    reversalMs: isAnsam ? 450 : Infinity,
  });
  const cng = concat([tone({ frequenciesHz: [1100], ms: 500, levelDbov }), silence(3000)]);
  const [hz, onMs, offMs] = draw.one([
    [[425], 1000, 4000],
    [[440, 480], 2000, 4000],
    [[400, 450], 400, 200],
    [[425], 400, 200],
  ] as const);
  const ring = concat([tone({ frequenciesHz: hz, ms: onMs, levelDbov }), silence(offMs)]);
  const nothing = new Float64Array(0);
  const make = (party: Party, delayMs: number, sound: Float64Array): Call =>
    finish(`${party}-${index}`, party, '', delayMs, nothing, [sound], draw, random, levelDbov);
  return [
    make('fax', draw.between(100, 1500), index % 3 === 2 ? concat([cng, cng]) : ced),
    make('nobody', 0, silence(2000)),
    make('ringing', 100, concat([ring, ring, ring])),
  ];
}

function finish(
  name: string,
  party: Party,
  language: Language | '',
  delayMs: number,
  speech: Float64Array,
  behind: readonly Float64Array[],
  draw: Draw,
  random: RandomSource,
  levelDbov: number = draw.between(-30, -16),
): Call {
  const noise = draw.one(NOISES);
  const snrDb = Math.round(draw.between(12, 35));
  const before = silence(delayMs);
  const banded = speech.length === 0 ? speech : atLevel(telephoneBand(speech), levelDbov);
  const sound = concat([before, banded, ...behind]);
  const whole = concat([sound, silence(LISTENING_MS)]);
  const frames = Math.floor(whole.length / FRAME_SAMPLES);
  const msOf = (samples: number): number => samples / SAMPLES_PER_MS;
  return {
    name,
    party,
    language,
    speechStartMs: msOf(before.length),
    speechEndMs: msOf(before.length + speech.length),
    beepEndMs: party === 'mailbox' && behind.length > 0 ? msOf(sound.length) : undefined,
    noise,
    snrDb,
    mulaw: toMulaw(
      // Of half of the calls the line is dead for a moment before it has its noise.
      withNoise(
        whole.subarray(0, frames * FRAME_SAMPLES),
        noise,
        levelDbov - snrDb,
        Math.max(0, draw.between(-600, 600)),
        random,
      ),
    ),
  };
}
