/**
 * Who answered an outbound call: a person, a mailbox or a fax machine, with Twilio's options and Twilio's answers.
 *
 * A person says a word or two and waits; a mailbox talks on. So the length of the first speech decides, as in Twilio's own
 * options; tones decide the rest. Drawbacks, stated: a receptionist who greets for longer than `speechThresholdMs` is
 * taken for a machine, and a mailbox that says no more than "leave a message" and beeps late is taken for a person
 * (docs/measurements/amd.md has the rates).
 *
 * Time is the audio pushed so far. Where none comes (a phone with silence suppression), `now` fills in silence.
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import type { MachineDetection } from '@patchcord/shared/twilio/call-control';
import { nextAmdStep, type AmdEvent, type AmdState, type AnsweredBy } from './machine.ts';
import { isBeep } from '@patchcord/shared/audio/tones/beep';
import { analyse, FRAME_BYTES, FRAME_MS } from '@patchcord/shared/audio/tones/frame-spectrum';
import { SpeechActivity } from './speech-activity.ts';
import { durationMsOf, ToneTracker, type Tone } from '@patchcord/shared/audio/tones/tone-tracker';

export type AmdOptions = Pick<
  MachineDetection,
  'mode' | 'timeoutMs' | 'speechThresholdMs' | 'speechEndThresholdMs' | 'silenceTimeoutMs'
>;

export interface AmdVerdict {
  readonly answeredBy: AnsweredBy;
  /** `MachineDetectionDuration`: since the call was answered. */
  readonly durationMs: number;
}

/** A pause between two parts of a mailbox's message, or before its beep, may be longer than a person's. */
const MESSAGE_END_MS_MIN = 2000;
/** From here on a tone is no speech. */
const STEADY_MS = 100;
/** Ringing, busy and dial tones sound for longer than this part of a second, and stand out by their band alone. */
const PROGRESS_FRAMES_MIN = 300 / FRAME_MS;
const PROGRESS_FRACTION_MIN = 0.88;
const PROGRESS_DRIFT_DB_MAX = 5;
/** ITU-T T.30 §4.3.3.3: the answering machine's tone. Its phase may turn over every 450 ms. */
const CED_HZ = 2100;
const CED_HZ_TOLERANCE = 25;
const CED_MS_MIN = 400;
/** ITU-T T.30 §4.3.3.2: the calling machine's, half a second in every 3.5. */
const CNG_HZ = 1100;
const CNG_HZ_TOLERANCE = 40;
const CNG_MS = { min: 400, max: 620 } as const;
/** So much later than due, a frame is one that never came. */
const GAP_MS_MIN = 200;

const SILENT_FRAME = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);

export class AnsweringMachineDetector {
  readonly #options: AmdOptions;
  readonly #startedAt: number;
  readonly #tones = new ToneTracker();
  readonly #speech = new SpeechActivity();
  #state: AmdState = 'listening';
  #positionMs = 0;
  #hasHeardTone = false;
  #progressFrames = 0;
  #progressDbov = 0;

  /** `startedAt`: when the call was answered, on the clock of every `now`. */
  constructor(options: AmdOptions, startedAt: number) {
    this.#options = options;
    this.#startedAt = startedAt;
  }

  get state(): AmdState {
    return this.#state;
  }

  /** When to {@link poll} at the latest if no audio comes; undefined once it is decided. */
  get wakeAt(): number | undefined {
    if (this.#state === 'decided') return undefined;
    const timeoutAt = this.#startedAt + this.#options.timeoutMs;
    return Math.min(timeoutAt, this.#startedAt + this.#positionMs + GAP_MS_MIN);
  }

  /**
   * The next 20 ms of the called party: 160 bytes of µ-law, not kept. Answers the verdict once; what comes after is ignored.
   * Frames of another size are a mistake of ours.
   */
  push(mulaw: Uint8Array, now: number): AmdVerdict | undefined {
    if (mulaw.length !== FRAME_BYTES) throw new Error(`a frame has 160 bytes, not ${mulaw.length}`);
    return this.#fillGap(now) ?? this.#judge(mulaw, now);
  }

  /** No audio has come: silence goes on, and time runs out. */
  poll(now: number): AmdVerdict | undefined {
    return this.#fillGap(now) ?? this.#timeout(now);
  }

  #fillGap(now: number): AmdVerdict | undefined {
    const missingMs = now - this.#startedAt - this.#positionMs;
    if (missingMs < GAP_MS_MIN) return undefined;
    const frames = Math.floor(Math.min(missingMs, this.#options.timeoutMs) / FRAME_MS);
    for (let i = 0; i < frames && this.#state !== 'decided'; i++) {
      const verdict = this.#judge(SILENT_FRAME, now);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  #judge(mulaw: Uint8Array, now: number): AmdVerdict | undefined {
    if (this.#state === 'decided') return undefined;
    const spectrum = analyse(mulaw);
    const startMs = this.#positionMs;
    this.#positionMs += FRAME_MS;
    this.#tones.push(spectrum, startMs);
    const tone = this.#tones.current;
    const isSteady = tone !== undefined && durationMsOf(tone) >= STEADY_MS;
    const isProgress = this.#followProgress(spectrum.levelDbov, spectrum.progressFraction);
    this.#speech.push(spectrum.bandDbov, startMs, isSteady || isProgress);
    if (isSteady && durationMsOf(tone) < STEADY_MS + FRAME_MS) {
      this.#speech.revoke(tone.startMs);
    }
    this.#hasHeardTone ||= isSteady || isProgress;

    for (const event of this.#eventsOf(tone, this.#tones.ended, isProgress)) {
      const verdict = this.#step(event, now);
      if (verdict !== undefined) return verdict;
    }
    return this.#timeout(now);
  }

  /** All that this frame may mean, the surest first. */
  *#eventsOf(
    tone: Tone | undefined,
    ended: Tone | undefined,
    isProgress: boolean,
  ): Generator<AmdEvent> {
    const { speechThresholdMs, speechEndThresholdMs, silenceTimeoutMs } = this.#options;
    const speech = this.#speech;
    if (tone !== undefined && isCed(tone)) yield 'fax';
    if (ended !== undefined && !isProgress) {
      if (this.#state === 'listening' && isCng(ended)) yield 'fax';
      if (isBeep(ended, speech.hasBegun)) yield 'beep';
    }
    yield speech.hasBegun ? 'speech' : 'no-speech';
    if (speech.lengthMs >= speechThresholdMs) yield 'long-speech';
    const isQuiet = tone === undefined || durationMsOf(tone) < STEADY_MS;
    if (speech.hasBegun && isQuiet && !isProgress) {
      if (speech.silenceMs >= speechEndThresholdMs) yield 'speech-end';
      const messageEndMs = Math.max(speechEndThresholdMs, MESSAGE_END_MS_MIN);
      if (speech.silenceMs >= messageEndMs) yield 'message-end';
    }
    if (!speech.hasBegun && !this.#hasHeardTone && this.#positionMs >= silenceTimeoutMs) {
      yield 'silence';
    }
  }

  #step(event: AmdEvent, now: number): AmdVerdict | undefined {
    const step = nextAmdStep(this.#options.mode, this.#state, event);
    if (step === undefined) return undefined;
    this.#state = step.next;
    const { answeredBy } = step;
    return answeredBy && { answeredBy, durationMs: Math.round(now - this.#startedAt) };
  }

  #timeout(now: number): AmdVerdict | undefined {
    const isOver = now - this.#startedAt >= this.#options.timeoutMs;
    return isOver ? this.#step('timeout', now) : undefined;
  }

  /** Whether the network's own tones have been heard for long enough not to be a vowel. */
  #followProgress(levelDbov: number, fraction: number): boolean {
    const goesOn =
      fraction >= PROGRESS_FRACTION_MIN &&
      (this.#progressFrames === 0 ||
        Math.abs(levelDbov - this.#progressDbov) <= PROGRESS_DRIFT_DB_MAX);
    this.#progressFrames = goesOn ? this.#progressFrames + 1 : 0;
    this.#progressDbov = levelDbov;
    if (this.#progressFrames === PROGRESS_FRAMES_MIN) {
      this.#speech.revoke(this.#positionMs - this.#progressFrames * FRAME_MS);
    }
    return this.#progressFrames >= PROGRESS_FRAMES_MIN;
  }
}

function isCed(tone: Tone): boolean {
  return (
    Math.abs(tone.frequencyHz - CED_HZ) <= CED_HZ_TOLERANCE && durationMsOf(tone) >= CED_MS_MIN
  );
}

function isCng(tone: Tone): boolean {
  const durationMs = durationMsOf(tone);
  return (
    Math.abs(tone.frequencyHz - CNG_HZ) <= CNG_HZ_TOLERANCE &&
    durationMs >= CNG_MS.min &&
    durationMs <= CNG_MS.max
  );
}
