/** Under which circumstances the detector is measured: what is on the line besides the caller. */

import { silence } from '../amd/line.ts';
import type { RandomSource } from '../sim/random.ts';
import {
  babble,
  between,
  car,
  events,
  mixInto,
  music,
  rawHum,
  stationary,
  steps,
  type EventKind,
} from './sounds.ts';
import { SPOKEN_DBOV, type Speaker } from './speakers.ts';

export interface Scene {
  readonly ms: number;
  readonly levelDbov: number;
  readonly speakers: readonly Speaker[];
  readonly speaker: Speaker;
  readonly random: RandomSource;
}

export interface Condition {
  readonly name: string;
  /** Of the caller's speech. */
  readonly levelDbov: number;
  readonly background: (scene: Scene) => Float64Array;
  /** The agent talks, and its voice comes back so much quieter. */
  readonly echoDb?: number;
}

const LEVEL_DBOV = -24;
/** What an idle line carries: half of them nothing at all. */
const idle = ({ ms, random }: Scene): Float64Array =>
  random() < 0.5 ? silence(ms) : stationary('pink', ms, between(random, -68, -58), random);

const noises = {
  white: ({ ms, random }: Scene, dbov: number) => stationary('white', ms, dbov, random),
  pink: ({ ms, random }: Scene, dbov: number) => stationary('pink', ms, dbov, random),
  car: ({ ms, random }: Scene, dbov: number) => car(ms, dbov, random),
  babble: ({ ms, random, speakers }: Scene, dbov: number) =>
    babble(ms, dbov, speakers.flatMap(({ others }) => others).slice(0, 12), random),
} as const;

const clean = [-15, -20, -25, -30, -35, -40].map((levelDbov): Condition => ({
  name: `clean ${levelDbov} dBov`,
  levelDbov,
  background: idle,
}));

const noisy = Object.entries(noises).flatMap(([name, make]) =>
  [20, 15, 10, 5].map((snrDb): Condition => ({
    name: `${name} ${snrDb} dB`,
    levelDbov: LEVEL_DBOV,
    background: (scene) => make(scene, scene.levelDbov - snrDb),
  })),
);

const steady: readonly Condition[] = [
  {
    name: 'noise in 12 dB steps',
    levelDbov: LEVEL_DBOV,
    background: ({ ms, levelDbov, random }) => steps(ms, levelDbov - 15, random),
  },
  {
    name: 'hum 300-3400 Hz, 15 dB',
    levelDbov: LEVEL_DBOV,
    background: ({ ms, levelDbov, random }) => stationary('hum', ms, levelDbov - 15, random),
  },
  {
    name: 'hum 50 Hz, 5 dB',
    levelDbov: LEVEL_DBOV,
    background: ({ ms, levelDbov, random }) => rawHum(ms, levelDbov - 5, random),
  },
];

const EVENTS: readonly (readonly [kind: EventKind, dbov: number, gapMs: number])[] = [
  ['click', -20, 800],
  ['typing', -28, 220],
  ['door', -22, 3000],
  ['cough', -24, 4000],
  ['breath', -36, 2500],
  ['dtmf', -18, 700],
  ['beep', -22, 2500],
];

const disturbed = EVENTS.map(([kind, dbov, gapMs]): Condition => ({
  name: kind,
  levelDbov: LEVEL_DBOV,
  background: (scene) => {
    const whole = idle(scene);
    mixInto(whole, events(kind, scene.ms, dbov, gapMs, scene.random), 0);
    return whole;
  },
}));

const sung = [-28, -36].map((dbov): Condition => ({
  name: `music ${dbov} dBov`,
  levelDbov: LEVEL_DBOV,
  background: ({ ms, random }) => music(ms, dbov, random),
}));

const echoes = [-20, -30, -40].map((echoDb): Condition => ({
  name: `echo ${echoDb} dB`,
  levelDbov: LEVEL_DBOV,
  background: idle,
  echoDb,
}));

const seconds = [20, 16, 12].map((belowDb): Condition => ({
  name: `second talker -${belowDb} dB`,
  levelDbov: LEVEL_DBOV,
  background(scene) {
    const whole = idle(scene);
    const gain = 10 ** ((scene.levelDbov - belowDb - SPOKEN_DBOV) / 20);
    talk(whole, scene, 4000, gain);
    return whole;
  },
}));

export const CONDITIONS: readonly Condition[] = [
  ...clean,
  ...noisy,
  ...steady,
  ...disturbed,
  ...sung,
  ...echoes,
  ...seconds,
];

/** Somebody else talks from `fromMs` on, with pauses of a second or so. */
export function talk(whole: Float64Array, scene: Scene, fromMs: number, gain: number): void {
  const { speakers, speaker, random } = scene;
  const of = speakers[(speakers.indexOf(speaker) + 1) % speakers.length];
  let at = fromMs;
  for (let i = 0; at < scene.ms; i++) {
    const voice = of?.others[i % of.others.length] ?? silence(1000);
    mixInto(whole, voice, at, gain);
    at += voice.length / 8 + between(random, 500, 1500);
  }
}
