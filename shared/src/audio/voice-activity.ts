/**
 * Whether somebody speaks, on µ-law at 8 kHz: an adaptive detector made for telephones.
 *
 * Time is the audio itself: positions are milliseconds of audio pushed so far, so that a stalled network neither makes
 * nor ends speech. Per frame of 20 ms, cheapest question first:
 *
 * 1. Does it stand out of the noise, in thirteen bands whose floors are the least of 2 s (`band-floors.ts`)? Stationary
 *    noise of any colour, a hum, and a step of either after that time do not.
 * 2. Is it steady (`frame-sound.ts`)? Tones, chords and digits of a keypad are, speech is not. A line that has carried
 *    much of it carries music: more evidence is wanted.
 * 3. Is it louder than the echo of what we play (`echo-expectation.ts`), than voices in the background, and not far below
 *    the caller's own level, once that is known?
 * 4. Is it periodic like a voice? Clicks, typing, doors and breath are not. Speech begins with some 60 ms of voice, or less
 *    behind a fricative; it ends with the last frame that belongs to it.
 *
 * Why not a neural network: those that can be had as packages (Silero's, TEN's) bring megabytes of weights and WebAssembly
 * into a Durable Object of 128 MB that holds many calls, most want 16 kHz, and none was tried here. This one needs 17 kB a call and
 * 5-12 µs a frame. What it costs is judgement: a song with vocals, a television, babble less than 15 dB below the caller
 * and a cough with voice in it are speech to it; a whisper is not, and a vowel held for longer than a second is cut into
 * pieces. Rates: docs/measurements/voice-activity.md.
 */

import { EchoExpectation } from './echo-expectation.ts';
import { FRAME_BYTES, FrameSound } from './frame-sound.ts';
import { LEVEL_DBOV_MIN } from './level.ts';
import { LevelQuantile } from './level-quantile.ts';

const FRAME_MS = 20;

export interface VoiceActivityOptions {
  /** No frame below this is speech, however quiet the line. Telephone speech is mostly between -35 and -15. */
  readonly levelDbovMin: number;
  /** Speech ends after so long without a frame of it: closures of plosives are 50-150 ms. */
  readonly hangoverMs: number;
}

export const VOICE_ACTIVITY_DEFAULTS: VoiceActivityOptions = { levelDbovMin: -52, hangoverMs: 200 };

/** One stretch of speech. Positions in milliseconds of audio since the first byte. */
export interface SpeechRun {
  readonly startMs: number;
  /** End of the last frame of speech so far. */
  readonly endMs: number;
}

type Sound = 'none' | 'unvoiced' | 'doubtful' | 'tone' | 'voiced' | 'steady';

/** What a frame says for speech. */
const EVIDENCE: Readonly<Record<Sound, number>> = {
  none: 0,
  steady: 0,
  unvoiced: 0.5,
  doubtful: 1,
  tone: 1,
  voiced: 2,
};
/** Speech begins with so much evidence within 120 ms: three voiced frames, or two behind a fricative. */
const EVIDENCE_MIN = 4.5;
const EVIDENCE_MIN_MUSIC = 7;
const EVIDENCE_FRAMES = 6;
/** Behind its loudest frame a door or a click only decays. */
const DECAY_DB = 9;
/** Sounds further apart do not belong together. */
const ONSET_GAP_MS = 60;

/** Mean of all bands, so that two formants will do. A frame with a clear period may stand out less. */
const ABOVE_DB_MIN = 2.5;
const ABOVE_DB_MIN_VOICED = 1.2;
const PERIODICITY_VOICED = 0.52;
const PERIODICITY_DOUBTFUL = 0.43;
const PERIODICITY_WEAK = 0.68;
const PERIODICITY_WEAK_IN_SPEECH = 0.6;

/** Unvoiced sounds belong to speech for so long after a voiced one: a cluster of consonants, no noise that began. */
const UNVOICED_MS_MAX = 240;
const UNVOICED_GAP_MS_MAX = 80;
/** A sound after more than a closure is speech that goes on, if it has company. */
const CLOSURE_MS = 60;
const COMPANY_FRAMES = 6;
const COMPANY_MIN = 2;
/** A vowel may be steady for so long. */
const STEADY_FRAMES_MAX = 15;

/** The part of loud frames of the last seconds that are steady; speech has less than 0.1. */
const MUSIC_SHARE = 0.15;
/** More of it than a vowel or two can be. */
const TONES_SHARE = 0.06;
const MUSIC_KEPT = 0.99;
const MUSIC_KEPT_IN_SILENCE = 0.997;

/** The caller's level is known after so many voiced frames. */
const NEAR_FRAMES_MIN = 15;
/** So far below it nobody begins to speak, or goes on. */
const NEAR_BEGIN_DB = 11;
const NEAR_GO_ON_DB = 25;
/** Voices in the background raise what is wanted up to here, and up to a fixed level before the caller's is known. */
const NEAR_BACKGROUND_DB = 7;
const BACKGROUND_DBOV_MAX = -35;
/**
 * Without a silent frame for a second, what is not so much louder than the quietest is babble. (Syllables differ by twice
 * that; a vowel held for longer than a second is cut into pieces.)
 */
const VALLEY_DB = 9;
const VALLEY_BLOCKS = 5;
const VALLEY_BLOCK_MS = 200;
/** Echoes vary around what is expected. */
const ECHO_MARGIN_DB = 8;

export class VoiceActivity {
  readonly #options: VoiceActivityOptions;
  readonly #frame = new Uint8Array(FRAME_BYTES);
  readonly #heardFrame = new Uint8Array(FRAME_BYTES);
  #frameFill = 0;
  #heardFill = 0;
  readonly #sound = new FrameSound();
  readonly #echo = new EchoExpectation();
  #isEchoMinded = false;
  readonly #evidence = new Float64Array(EVIDENCE_FRAMES);
  /** 98 of 100 voiced frames in the background are quieter; 80 of 100 of the caller's. */
  readonly #background = new LevelQuantile(0.98, 0.5, -65, -80, -25);
  readonly #near = new LevelQuantile(0.8, 1, -60, -60, -5);
  #nearFrames = 0;
  readonly #valleys = new Float64Array(VALLEY_BLOCKS).fill(LEVEL_DBOV_MIN);
  #musicShare = 0;
  #positionMs = 0;
  #isSpeaking = false;
  #run: SpeechRun | undefined;
  /** Of the run or, before it is sure, of what may become one. */
  #startMs = 0;
  #endMs = 0;
  #onsetPeakDbov = LEVEL_DBOV_MIN;
  #onsetLatestMs = -Infinity;
  #voicedMs = 0;
  #steadyFrames = 0;
  /** The latest frames, a bit each: 1 for speech. */
  #company = 0;

  constructor(options: VoiceActivityOptions = VOICE_ACTIVITY_DEFAULTS) {
    this.#options = options;
  }

  /** Audio of any length; what is left over from 20 ms frames waits for the next push. */
  push(mulaw: Uint8Array): void {
    let offset = 0;
    while (offset < mulaw.length) {
      const taken = Math.min(FRAME_BYTES - this.#frameFill, mulaw.length - offset);
      copyInto(this.#frame, this.#frameFill, mulaw, offset, taken);
      this.#frameFill += taken;
      offset += taken;
      if (this.#frameFill < FRAME_BYTES) return;
      this.#frameFill = 0;
      this.#judge();
    }
  }

  /**
   * What is played to the caller, on the clock of {@link push}: byte for byte what he hears while he says what is pushed
   * next, up to a second early or late. Its echo is learnt, and minded after {@link mindEcho}. Nothing need be handed over for silence.
   */
  heardByCaller(mulaw: Uint8Array): void {
    let offset = 0;
    while (offset < mulaw.length) {
      const taken = Math.min(FRAME_BYTES - this.#heardFill, mulaw.length - offset);
      copyInto(this.#heardFrame, this.#heardFill, mulaw, offset, taken);
      this.#heardFill += taken;
      offset += taken;
      if (this.#heardFill < FRAME_BYTES) return;
      this.#heardFill = 0;
      this.#echo.pushHeard(this.#heardFrame);
    }
  }

  /**
   * From now on what may be the echo of {@link heardByCaller} is not taken for the caller, who is heard a little later for
   * it. To be called where an echo is suspected.
   */
  mindEcho(): void {
    this.#isEchoMinded = true;
  }

  /** Milliseconds of audio judged so far. */
  get positionMs(): number {
    return this.#positionMs;
  }

  /** Speech was confirmed and its hangover has not passed. */
  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** There is sound that may turn out to be the beginning of speech. */
  get isStirring(): boolean {
    return !this.#isSpeaking && this.#evidenceSum() > 0;
  }

  /** The speech going on or, when nobody speaks, the latest one. */
  get run(): SpeechRun | undefined {
    return this.#run;
  }

  /** Level of the line's noise between 219 and 3469 Hz. */
  get floorDbov(): number {
    return this.#sound.floorDbov;
  }

  #judge(): void {
    const startMs = this.#positionMs;
    this.#positionMs += FRAME_MS;
    this.#sound.measure(this.#frame, ABOVE_DB_MIN_VOICED);
    const sound = this.#classify();
    if (this.#isSpeaking) this.#goOn(sound, startMs);
    else this.#maybeBegin(sound, startMs);
  }

  #classify(): Sound {
    const { levelDbov, aboveDb, periodicity, isSteady } = this.#sound;
    const echoDbov = this.#echo.push(levelDbov);
    const isLoud = aboveDb >= ABOVE_DB_MIN_VOICED && levelDbov >= this.#options.levelDbovMin;
    this.#followValley(aboveDb >= ABOVE_DB_MIN_VOICED ? levelDbov : LEVEL_DBOV_MIN);
    this.#followMusic(isLoud, isSteady);
    const isEcho = this.#isEchoMinded && levelDbov < echoDbov + ECHO_MARGIN_DB;
    const isHeard = isLoud && !isEcho;
    if (!this.#isSpeaking && !isSteady) {
      const isVoice = isHeard && periodicity >= PERIODICITY_VOICED;
      this.#background.push(isVoice ? levelDbov : LEVEL_DBOV_MIN);
    }
    if (isLoud && isSteady) return 'steady';
    if (!isHeard || levelDbov < this.#gateDbov()) return 'none';
    if (aboveDb < ABOVE_DB_MIN) {
      const least = this.#isSpeaking ? PERIODICITY_WEAK_IN_SPEECH : PERIODICITY_WEAK;
      return periodicity < least ? 'none' : 'voiced';
    }
    if (periodicity < PERIODICITY_DOUBTFUL) return 'unvoiced';
    if (periodicity < PERIODICITY_VOICED) return 'doubtful';
    // In the middle of speech it makes no difference.
    return !this.#isSpeaking && this.#sound.isTone() ? 'tone' : 'voiced';
  }

  /** Quieter frames are somebody else. */
  #gateDbov(): number {
    const background = this.#background.value + 1;
    if (this.#nearFrames < NEAR_FRAMES_MIN) return Math.min(background, BACKGROUND_DBOV_MAX);
    const near = this.#near.value;
    const gate = Math.min(background, near - NEAR_BACKGROUND_DB);
    if (!this.#isSpeaking) return Math.max(gate, near - NEAR_BEGIN_DB);
    let valley = 0;
    for (const one of this.#valleys) if (one < valley) valley = one;
    return Math.max(gate, near - NEAR_GO_ON_DB, valley + VALLEY_DB);
  }

  #followValley(levelDbov: number): void {
    const block = Math.floor(this.#positionMs / VALLEY_BLOCK_MS) % VALLEY_BLOCKS;
    const isFirst = this.#positionMs % VALLEY_BLOCK_MS === 0;
    const least = isFirst ? Infinity : (this.#valleys[block] as number);
    this.#valleys[block] = Math.min(least, levelDbov);
  }

  #followMusic(isLoud: boolean, isSteady: boolean): void {
    this.#musicShare *= isLoud ? MUSIC_KEPT : MUSIC_KEPT_IN_SILENCE;
    if (isLoud && isSteady) this.#musicShare += 1 - MUSIC_KEPT;
  }

  #maybeBegin(sound: Sound, startMs: number): void {
    const index = (startMs / FRAME_MS) % EVIDENCE_FRAMES;
    this.#evidence[index] = 0;
    // A tone that goes on was one from its beginning. Where there are none it may be a vowel behind a voice.
    if (sound === 'steady') this.#forgetTone();
    if (EVIDENCE[sound] === 0) return;
    const { levelDbov } = this.#sound;
    if (startMs - this.#onsetLatestMs > ONSET_GAP_MS || this.#evidenceSum() === 0) {
      this.#startMs = startMs;
      this.#onsetPeakDbov = levelDbov;
    }
    this.#onsetLatestMs = startMs;
    this.#onsetPeakDbov = Math.max(this.#onsetPeakDbov, levelDbov);
    if (levelDbov < this.#onsetPeakDbov - DECAY_DB) return;
    this.#evidence[index] = EVIDENCE[sound];
    const wanted = this.#musicShare > MUSIC_SHARE ? EVIDENCE_MIN_MUSIC : EVIDENCE_MIN;
    if (this.#evidenceSum() < wanted) return;
    this.#evidence.fill(0);
    this.#isSpeaking = true;
    this.#voicedMs = this.#positionMs;
    this.#steadyFrames = 0;
    this.#company = 0;
    this.#extend();
  }

  #forgetTone(): void {
    const hasTones = this.#musicShare > TONES_SHARE;
    for (let i = 0; i < EVIDENCE_FRAMES; i++) {
      if (hasTones || (this.#evidence[i] as number) < EVIDENCE.voiced) this.#evidence[i] = 0;
    }
  }

  #goOn(sound: Sound, startMs: number): void {
    this.#steadyFrames = sound === 'steady' ? this.#steadyFrames + 1 : 0;
    const gapMs = startMs - this.#endMs;
    const isSpeech = this.#belongs(sound, gapMs);
    this.#company = ((this.#company << 1) | (isSpeech ? 1 : 0)) & ((1 << COMPANY_FRAMES) - 1);
    if (sound === 'voiced') this.#followNear();
    if (isSpeech && (gapMs <= CLOSURE_MS || bitsIn(this.#company) >= COMPANY_MIN)) this.#extend();
    // What may be the next word decides in the next frame.
    else if (!isSpeech && this.#positionMs - this.#endMs >= this.#options.hangoverMs)
      this.#isSpeaking = false;
  }

  #belongs(sound: Sound, gapMs: number): boolean {
    switch (sound) {
      case 'voiced':
      case 'tone':
        return true;
      case 'unvoiced':
      case 'doubtful':
        return gapMs <= UNVOICED_GAP_MS_MAX && this.#positionMs - this.#voicedMs <= UNVOICED_MS_MAX;
      case 'steady':
        return this.#steadyFrames < STEADY_FRAMES_MAX && this.#musicShare <= MUSIC_SHARE;
      case 'none':
        return false;
    }
  }

  #followNear(): void {
    this.#voicedMs = this.#positionMs;
    const { levelDbov } = this.#sound;
    if (this.#nearFrames === 0) this.#near.reset(levelDbov);
    this.#near.push(levelDbov);
    this.#nearFrames++;
  }

  #extend(): void {
    this.#endMs = this.#positionMs;
    this.#run = { startMs: this.#startMs, endMs: this.#endMs };
  }

  #evidenceSum(): number {
    let sum = 0;
    for (const one of this.#evidence) sum += one;
    return sum;
  }
}

function copyInto(
  to: Uint8Array,
  at: number,
  from: Uint8Array,
  offset: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[at + i] = from[offset + i] as number;
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
