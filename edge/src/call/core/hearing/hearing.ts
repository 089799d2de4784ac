/**
 * The caller's side: audio to our own ears and to speech recognition, and what comes back of it on one clock.
 *
 * A recogniser counts from its own beginning; here everything is milliseconds of the call's audio, so that one may be
 * replaced in mid-call: when it fails, goes deaf, or before the service ends the connection (Azure: ten minutes). The
 * next one is given the audio that has not become final, so nothing that was said is lost.
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { VoiceActivity } from '@patchcord/shared/audio/voice-activity';
import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { CallInput, CallOutput } from '../contract.ts';
import { Endpointing, type EndpointingOptions } from './endpointing.ts';
import { isFinalFault } from '../faults.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import type { SttOptions } from '../settings.ts';
import { SpokenLanguage } from './spoken-language.ts';
import { SttClock } from './stt-clock.ts';
import { Surroundings } from './surroundings.ts';

type RecognitionInput = Extract<CallInput, { kind: 'stt-hypothesis' | 'stt-phrase' }>;
type ErrorInput = Extract<CallInput, { kind: 'stt-error' }>;

interface Recogniser {
  readonly sttId: number;
  readonly clock: SttClock;
}

/** Waits before recognition is opened again; after the last one it is given up. */
const REOPEN_DELAYS_MS = [0, 0, 500, 1500];

/** How much audio a new recogniser is given at most. */
const REPLAY_MS_MAX = 10_000;
const DEAF_REPLAY_MS = 3000;

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
  readonly #emit: (output: CallOutput) => void;
  readonly #stt: SttOptions;
  readonly #activity = new VoiceActivity();
  readonly #replay = new ReplayBuffer(REPLAY_MS_MAX);
  #recogniser: Recogniser | undefined;
  #sttIds = 0;
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
  #audioMs = 0;

  constructor({ emit, endpointing, stt }: HearingParts) {
    this.#emit = emit;
    this.#stt = stt;
    this.endpointing = new Endpointing(endpointing, this.surroundings);
    this.language = new SpokenLanguage(stt);
  }

  /** Begins, or begins again with a new recogniser that hears the call's audio from `fromMs` on. */
  open(now: number, fromMs: number = this.#replay.positionMs): void {
    this.close();
    const { mulaw, startMs } = this.#replay.since(fromMs);
    const sttId = ++this.#sttIds;
    const clock = new SttClock(startMs);
    this.#recogniser = { sttId, clock };
    this.#openedAt = now;
    this.#heardMs = this.#replay.positionMs;
    const { languages } = this.language;
    this.#emit({ kind: 'stt-open', sttId, languages, endpoint: this.#endpoint });
    if (mulaw.length > 0) this.#push(mulaw);
  }

  /** Not a word came of what was said: another recogniser, in another region where there is one. */
  openElsewhere(now: number, fromMs?: number): void {
    this.#endpoint = (this.#endpoint + 1) % Math.max(1, this.#stt.endpoints);
    this.open(now, fromMs);
  }

  close(): void {
    this.#reopenAt = undefined;
    if (this.#recogniser === undefined) return;
    this.#emit({ kind: 'stt-close', sttId: this.#recogniser.sttId });
    this.#recogniser = undefined;
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

  /** Seconds of audio given to recognisers. */
  get audioSeconds(): number {
    return this.#audioMs / 1000;
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
    if (this.#recogniser !== undefined) this.#push(mulaw);
    this.#activity.push(mulaw);
    this.endpointing.hear(this.#activity, now);
    this.#finaliseSooner();
    this.#rotate(now);
    return this.#replaceDeaf(now);
  }

  /** Takes what a recogniser says. Answers false for one that is gone. */
  recognise(input: RecognitionInput, now: number): boolean {
    const recogniser = this.#recogniser;
    if (recogniser === undefined || input.sttId !== recogniser.sttId) return false;
    const { clock } = recogniser;
    this.#failures = 0;
    this.#deafMs = DEAF_MS;
    this.#heardMs = this.#replay.positionMs;
    const recognition = {
      text: input.text,
      startMs: clock.toCallMs(input.startMs),
      endMs: clock.toCallMs(input.endMs),
    };
    if (input.kind === 'stt-hypothesis') {
      this.endpointing.suppose(recognition, now);
      return true;
    }
    this.#finalMs = Math.max(this.#finalMs, recognition.endMs);
    this.endpointing.conclude(recognition, now);
    // One language from now on: it hears better, and sooner.
    if (this.language.learn(input.text, input.language)) this.open(now, this.#finalMs);
    return true;
  }

  /** The caller is spoken to in another language from now on. False for one that the agent does not speak. */
  switchLanguage(language: string, now: number): boolean {
    if (!this.language.pin(language)) return false;
    if (this.#recogniser !== undefined) this.open(now, this.#finalMs);
    return true;
  }

  /** The recogniser failed: it is replaced in a moment, or `lost` for good. `ignored` for one that is gone already. */
  fail({ sttId, fault }: ErrorInput, now: number): 'ignored' | 'replaced' | 'lost' {
    if (sttId !== this.#recogniser?.sttId) return 'ignored';
    this.close();
    const hasOther = this.#endpoint + 1 < this.#stt.endpoints;
    const delayMs = REOPEN_DELAYS_MS[this.#failures++];
    if (delayMs === undefined || (isFinalFault(fault.code) && !hasOther)) return 'lost';
    // The same again once, for a connection that was merely old; then another region.
    if (hasOther && (this.#failures > 1 || isFinalFault(fault.code))) this.#endpoint++;
    this.#reopenAt = now + delayMs;
    return 'replaced';
  }

  #push(mulaw: Uint8Array): void {
    const recogniser = this.#recogniser;
    if (recogniser === undefined) return;
    const lengthMs = mulaw.length / BYTES_PER_MS;
    recogniser.clock.push(lengthMs);
    this.#audioMs += lengthMs;
    this.#emit({ kind: 'stt-push', sttId: recogniser.sttId, mulaw });
  }

  /** The service counts silence in audio, not in time: silence ahead of time ends its segment sooner. */
  #finaliseSooner(): void {
    const { isSpeaking } = this.#activity;
    const hasStopped = this.#wasSpeaking && !isSpeaking;
    this.#wasSpeaking = isSpeaking;
    const lengthMs = this.#stt.finalSilenceMs;
    if (!hasStopped || lengthMs === 0 || this.#recogniser === undefined) return;
    const { sttId, clock } = this.#recogniser;
    clock.insert(lengthMs);
    const mulaw = new Uint8Array(lengthMs * BYTES_PER_MS).fill(MULAW_SILENCE);
    this.#emit({ kind: 'stt-push', sttId, mulaw });
  }

  #rotate(now: number): void {
    if (this.#recogniser === undefined) return;
    const overdueMs = now - this.#openedAt - this.#stt.rotateMs;
    if (overdueMs < 0) return;
    const silenceMs = this.positionMs - (this.#activity.run?.endMs ?? 0);
    const isQuiet = !this.#activity.isSpeaking && silenceMs >= ROTATION_SILENCE_MS;
    if (isQuiet && !this.endpointing.isActive) this.open(now);
    else if (overdueMs > ROTATION_GRACE_MS) this.open(now, this.#finalMs);
  }

  #replaceDeaf(now: number): 'deaf' | undefined {
    const { run, isSpeaking } = this.#activity;
    if (this.#recogniser === undefined || !isSpeaking || run === undefined) return undefined;
    const silentMs = run.endMs - Math.max(run.startMs, this.#heardMs);
    if (silentMs < this.#deafMs) return undefined;
    // A television may be all there is to hear: the next time it takes longer.
    this.#deafMs = Math.min(DEAF_MS_MAX, 2 * this.#deafMs);
    this.openElsewhere(now, Math.max(this.#finalMs, this.positionMs - DEAF_REPLAY_MS));
    return 'deaf';
  }
}
