/**
 * The caller's side: audio to our own ears and to speech recognition, and what comes back of it on one clock.
 *
 * A recogniser counts from its own beginning; here everything is milliseconds of the call's audio, so that one may be
 * replaced in mid-call: when it fails, goes deaf, or before the service ends the connection (Azure: ten minutes). The
 * next one is given the audio that has not become final, so nothing that was said is lost.
 */

import { VoiceActivity } from '@patchcord/shared/audio/voice-activity';
import type { CallInput, CallOutput } from '../contract.ts';
import type { EndpointingOptions } from './endpointing-options.ts';
import { Endpointing } from './endpointing.ts';
import { isFinalFault } from '../faults.ts';
import { Recognisers, type Recogniser, type RecogniserRequest } from './recognisers.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import type { SttOptions } from '../settings.ts';
import { SpokenLanguage } from './spoken-language.ts';
import { Surroundings } from './surroundings.ts';

type RecognitionInput = Extract<CallInput, { kind: 'stt-hypothesis' | 'stt-phrase' }>;
type ErrorInput = Extract<CallInput, { kind: 'stt-error' }>;

/** What comes of something that a recogniser says. */
export type Heard =
  /** It is gone, or there are no words in it. */
  | 'nothing'
  | 'words'
  /** Words that another recogniser should have understood, and has not: it is gone. */
  | 'others-words';

/** Waits before recognition is opened again; after the last one it is given up. */
const REOPEN_DELAYS_MS = [0, 0, 500, 1500];

/** How much audio a new recogniser is given at most. */
const REPLAY_MS_MAX = 10_000;
const DEAF_REPLAY_MS = 3000;
/** Before the first sound that our own ears have heard. */
const ONSET_MS = 300;

/** Speech of this length without a word: recognition is asked again, from its beginning. */
const DEAF_MS = 2500;
const DEAF_MS_MAX = 60_000;

/** A rotation waits for a silence, but not for ever. */
const ROTATION_GRACE_MS = 30_000;
const ROTATION_SILENCE_MS = 700;

export interface HearingParts {
  readonly emit: (output: CallOutput) => void;
  readonly endpointing: EndpointingOptions;
  readonly stt: SttOptions;
}

export class Hearing {
  readonly endpointing: Endpointing;
  readonly language: SpokenLanguage;
  readonly surroundings = new Surroundings();
  readonly #stt: SttOptions;
  readonly #doubtMs: number;
  readonly #activity = new VoiceActivity();
  readonly #replay = new ReplayBuffer(REPLAY_MS_MAX);
  readonly #recognisers: Recognisers;
  #endpoint = 0;
  #openedAt = 0;
  /** Audio before this has become text, for good. */
  #finalMs = 0;
  /** When recognition last said anything, as a position of the call's audio. */
  #heardMs = 0;
  #failures = 0;
  #reopenAt: number | undefined;
  #deafMs = DEAF_MS;
  #wasSpeaking = false;
  /** Of what was said up to here another recogniser has been asked. */
  #doubtedMs = 0;
  /** Sound up to here was passed over by that recogniser. */
  #passedOver: { readonly sttId: number; readonly endMs: number } | undefined;

  constructor({ emit, endpointing, stt }: HearingParts) {
    this.#recognisers = new Recognisers(emit);
    this.#stt = stt;
    this.#doubtMs = endpointing.doubtMs;
    this.endpointing = new Endpointing(endpointing, this.surroundings);
    this.language = new SpokenLanguage(stt);
  }

  /** Begins, or begins again with a new recogniser that hears the call's audio from `fromMs` on. */
  open(now: number, fromMs: number = this.#replay.positionMs): void {
    this.#reopenAt = undefined;
    this.#openedAt = now;
    this.#heardMs = this.#replay.positionMs;
    this.#recognisers.open(this.#request(this.#endpoint, fromMs));
  }

  /** Not a word came of what was said: another recogniser, in another region where there is one. */
  openElsewhere(now: number, fromMs?: number): void {
    this.#endpoint = this.#nextEndpoint;
    this.open(now, fromMs);
  }

  /** When another recogniser is to be asked what was said ({@link askAnother}); undefined while there is no need. */
  doubtAt(now: number): number | undefined {
    const { current, isDoubting } = this.#recognisers;
    const { speech } = this.endpointing;
    if (current === undefined || isDoubting || speech === undefined) return undefined;
    const at = speech.endMs > this.#doubtedMs ? this.endpointing.doubtAt(now) : undefined;
    // One that was opened just now has everything to hear yet.
    return at === undefined ? undefined : Math.max(at, this.#openedAt + this.#doubtMs);
  }

  /** Beside the one that says nothing, with what it has heard; whoever answers first is kept. */
  askAnother(): void {
    const { speech } = this.endpointing;
    if (speech === undefined) return;
    this.#doubtedMs = speech.endMs;
    const fromMs = Math.max(this.#finalMs, speech.startMs - ONSET_MS);
    this.#recognisers.openSecond(this.#request(this.#nextEndpoint, fromMs));
  }

  /** Neither has said anything about what was said: the one that was opened last is kept, or a new one. */
  giveUpOnSilent(now: number): void {
    const { endMs = 0 } = this.endpointing.speech ?? {};
    if (!this.#recognisers.promote()) this.openElsewhere(now);
    const { current } = this.#recognisers;
    if (current === undefined) return;
    this.#endpoint = current.endpoint;
    this.#passedOver = { sttId: current.sttId, endMs };
  }

  close(): void {
    this.#reopenAt = undefined;
    this.#recognisers.close();
  }

  /** When a recogniser that failed is to be replaced by {@link reopen}. */
  get reopenAt(): number | undefined {
    return this.#reopenAt;
  }

  /** The next recogniser hears what the last one left unfinished. */
  reopen(now: number): void {
    this.open(now, this.#finalMs);
  }

  /** Milliseconds of audio judged so far. */
  get positionMs(): number {
    return this.#activity.positionMs;
  }

  /** Length of the speech that goes on; 0 while nobody speaks. */
  get speechMs(): number {
    const { run, isSpeaking } = this.#activity;
    return run === undefined || !isSpeaking ? 0 : run.endMs - run.startMs;
  }

  /** Nothing comes of what is said, whatever recogniser is asked. */
  get isDeaf(): boolean {
    return this.endpointing.answers.isDeaf;
  }

  /** Seconds of audio given to recognisers. */
  get audioSeconds(): number {
    return this.#recognisers.audioMs / 1000;
  }

  /** What the caller hears of the agent while he says what comes next. */
  hearAgent(mulaw: Uint8Array): void {
    this.#activity.heardByCaller(mulaw);
  }

  /** The agent may be hearing itself: from now on its echo is told from the caller, who is heard a little later for it. */
  suspectEcho(): void {
    this.#activity.mindEcho();
  }

  /** Answers what is to be told: the recogniser was deaf and has been replaced. */
  hear(mulaw: Uint8Array, now: number): 'deaf' | undefined {
    this.#replay.push(mulaw);
    this.#recognisers.push(mulaw);
    this.#activity.push(mulaw);
    this.endpointing.hear(this.#activity, now);
    this.#finaliseSooner();
    this.#rotate(now);
    return this.#replaceDeaf(now);
  }

  /** Takes what a recogniser says. A phrase without text: there was a sound, and not a word in it. */
  recognise(input: RecognitionInput, now: number): Heard {
    const recogniser = this.#recognisers.find(input.sttId);
    if (recogniser === undefined) return 'nothing';
    const { clock } = recogniser;
    const recognition = {
      text: input.text,
      startMs: clock.toCallMs(input.startMs),
      endMs: clock.toCallMs(input.endMs),
    };
    const isOther = this.#keep(recogniser, now);
    // It has been given all that was said, at once.
    if (isOther) this.endpointing.answers.note(this.positionMs);
    if (input.text.trim() !== '') this.#noteWords(input.sttId, recognition.startMs);
    if (input.kind === 'stt-hypothesis') {
      this.endpointing.suppose(recognition, now);
    } else {
      this.#finalMs = Math.max(this.#finalMs, recognition.endMs);
      this.endpointing.conclude(recognition, now);
      // One language from now on: it hears better, and sooner.
      if (this.language.learn(input.text, input.language)) this.open(now, this.#finalMs);
    }
    if (input.text.trim() === '') return 'nothing';
    return isOther ? 'others-words' : 'words';
  }

  /** The caller is spoken to in another language from now on. False for one that the agent does not speak. */
  switchLanguage(language: string, now: number): boolean {
    if (!this.language.pin(language)) return false;
    if (this.#recognisers.current !== undefined) this.open(now, this.#finalMs);
    return true;
  }

  /** The recogniser failed: it is replaced in a moment, or `lost` for good. `ignored` for one that is gone already. */
  fail({ sttId, fault }: ErrorInput, now: number): 'ignored' | 'replaced' | 'lost' {
    const recogniser = this.#recognisers.find(sttId);
    if (recogniser === undefined) return 'ignored';
    if (this.#recognisers.drop(recogniser)) return 'replaced';
    this.close();
    const hasOther = this.#endpoint + 1 < this.#stt.endpoints;
    const delayMs = REOPEN_DELAYS_MS[this.#failures++];
    if (delayMs === undefined || (isFinalFault(fault.code) && !hasOther)) return 'lost';
    // The same again once, for a connection that was merely old; then another region.
    if (hasOther && (this.#failures > 1 || isFinalFault(fault.code))) this.#endpoint++;
    this.#reopenAt = now + delayMs;
    return 'replaced';
  }

  get #nextEndpoint(): number {
    return (this.#endpoint + 1) % Math.max(1, this.#stt.endpoints);
  }

  #request(endpoint: number, fromMs: number): RecogniserRequest {
    return { endpoint, languages: this.language.languages, ...this.#replay.since(fromMs) };
  }

  /** It is alive. Answers whether it is the second one, which has understood what the first has not. */
  #keep(recogniser: Recogniser, now: number): boolean {
    this.#failures = 0;
    this.#deafMs = DEAF_MS;
    this.#heardMs = this.#replay.positionMs;
    if (!this.#recognisers.keep(recogniser)) return false;
    this.#endpoint = recogniser.endpoint;
    this.#openedAt = now;
    return true;
  }

  /** Whoever understands words now, and has not said a thing about the sound before them, says nothing about noise. */
  #noteWords(sttId: number, startMs: number): void {
    const passedOver = this.#passedOver;
    if (passedOver?.sttId !== sttId || startMs < passedOver.endMs) return;
    this.#passedOver = undefined;
    this.endpointing.answers.noteTacit();
  }

  /** The service counts silence in audio, not in time: silence ahead of time ends its segment sooner. */
  #finaliseSooner(): void {
    const { isSpeaking } = this.#activity;
    const hasStopped = this.#wasSpeaking && !isSpeaking;
    this.#wasSpeaking = isSpeaking;
    const lengthMs = this.#stt.finalSilenceMs;
    if (hasStopped && lengthMs > 0) this.#recognisers.pushSilence(lengthMs);
  }

  #rotate(now: number): void {
    if (this.#recognisers.current === undefined) return;
    const overdueMs = now - this.#openedAt - this.#stt.rotateMs;
    if (overdueMs < 0) return;
    const silenceMs = this.positionMs - (this.#activity.run?.endMs ?? 0);
    const isQuiet = !this.#activity.isSpeaking && silenceMs >= ROTATION_SILENCE_MS;
    if (isQuiet && !this.endpointing.isActive) this.open(now);
    else if (overdueMs > ROTATION_GRACE_MS) this.open(now, this.#finalMs);
  }

  #replaceDeaf(now: number): 'deaf' | undefined {
    const { run, isSpeaking } = this.#activity;
    const { current } = this.#recognisers;
    if (current === undefined || !isSpeaking || run === undefined) return undefined;
    const silentMs = run.endMs - Math.max(run.startMs, this.#heardMs);
    if (silentMs < this.#deafMs) return undefined;
    // A television may be all there is to hear: the next time it takes longer.
    this.#deafMs = Math.min(DEAF_MS_MAX, 2 * this.#deafMs);
    this.openElsewhere(now, Math.max(this.#finalMs, this.positionMs - DEAF_REPLAY_MS));
    return 'deaf';
  }
}
