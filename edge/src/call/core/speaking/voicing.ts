/**
 * The voice of one utterance: its segments in order, their text to the provider, their audio to the stream.
 *
 * While it is held back, its first piece is voiced all the same, so that it can be heard at once when its time comes.
 */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { Clip } from './clips.ts';
import type { Alignment, CallOutput, VoiceRoute } from '../contract.ts';
import { faultOf, type Fault } from '../faults.ts';
import type { Language } from '../language/language.ts';
import { LEAD_IN_BYTES, leadingSilenceBytes } from './leading-silence.ts';
import type { Outlet } from '../playout/outlet.ts';
import { Playout, type PlayoutPiece, type SpokenWord } from '../playout/playout.ts';
import type { PlayoutClock } from '../playout/playout-clock.ts';
import { isSpoken } from '../language/scripts.ts';
import { Script, type Place } from './script.ts';
import type { Segment } from './segment.ts';
import { silentUntil } from './voice-patience.ts';
import type { VoiceRoutes } from './voice-routes.ts';

export interface VoicingParts {
  /** Unique among the utterances of a call. */
  readonly name: string;
  readonly language: Language;
  readonly outlet: Outlet;
  readonly clock: PlayoutClock;
  readonly routes: VoiceRoutes;
  readonly timings: { readonly ttsFirstAudioMsMax: number; readonly ttsStallMsMax: number };
  readonly emit: (output: CallOutput) => void;
  /** Since when the caller has been waiting for it. */
  readonly waitingSince: number;
  /** Something can be said to him meanwhile that needs no voice. */
  hasFiller(): boolean;
}

interface HeldAudio {
  readonly mulaw: Uint8Array;
  readonly words: readonly SpokenWord<Place>[];
}

export interface VoicingDeadline {
  readonly at: number;
  readonly what: 'tail' | 'silent';
}

/** A last piece of audio that is nothing but a full stop comes with the word before it, or within this. */
const TAIL_MS = 400;

export class Voicing {
  readonly #parts: VoicingParts;
  readonly #playout: Playout<Place>;
  readonly #script: Script;
  #contexts = 0;
  #isTextComplete = false;
  #isHeld: boolean;
  #isDead = false;
  #isCut = false;
  /** One way has failed since anything was heard. */
  #isRetrying = false;
  /** Paused, by a peer that cannot: its queue was emptied. */
  #isTakenBack = false;
  /** Text that waits until the utterance is released. */
  #heldText: string[] = [];
  #heldAudio: HeldAudio[] = [];
  #characters = 0;

  constructor(parts: VoicingParts, isHeld: boolean) {
    this.#parts = parts;
    this.#isHeld = isHeld;
    const { name, language, outlet, clock } = parts;
    this.#script = new Script(language);
    this.#playout = new Playout<Place>({ name, isExact: outlet.isExact, clock });
  }

  /** A piece of text that can be spoken on its own. */
  say(text: string, now: number): void {
    if (text === '' || this.#isDead) return;
    if (this.#isHeld && !this.#script.isEmpty) this.#heldText.push(text);
    else this.#sayNow(text, now);
  }

  /** A phrase whose audio is there: after what has been heard, before what is still to be voiced. */
  sayClip(text: string, { mulaw, alignment }: Clip, now: number): void {
    if (this.#script.isHeardToTheEnd) this.#endOpen();
    const segment = this.#script.insertClip(text);
    const words = segment.words;
    const ends =
      alignment === undefined ? words.spread(mulaw.length) : words.advance(mulaw.length, alignment);
    this.#put(
      mulaw,
      ends.map(({ chars, atByte }) => ({ atByte, place: { segment, chars } })),
      now,
    );
  }

  /** No more text will come. */
  completeText(): void {
    this.#isTextComplete = true;
    this.#closeIfComplete();
  }

  /** Audio of a context of ours; false for one that is not, or not any more. */
  takeAudio(
    contextId: string,
    mulaw: Uint8Array,
    alignment: Alignment | undefined,
    now: number,
  ): boolean {
    const segment = this.#segmentOf(contextId);
    // Audio that comes after its time would be heard in the middle of what follows.
    if (segment === undefined || segment.isVoiced) return false;
    if (mulaw.length === 0) return true;
    segment.lastAudioAt = now;
    this.#isRetrying = false;
    if (segment.voice !== undefined) this.#parts.routes.succeed(segment.voice.route);
    const ends = segment.words.advance(mulaw.length, alignment);
    const skipped = segment.hasAudio ? 0 : skippable(mulaw, alignment);
    if (skipped === mulaw.length) segment.leadIn = mulaw.subarray(-LEAD_IN_BYTES);
    else {
      if (skipped === 0 && segment.leadIn !== undefined) this.#put(segment.leadIn, [], now);
      segment.leadIn = undefined;
      segment.hasAudio = true;
      const words = ends.map(({ chars, atByte }) => ({
        atByte: atByte - skipped,
        place: { segment, chars },
      }));
      this.#put(mulaw.subarray(skipped), words, now);
    }
    if (segment.isTextComplete && segment.words.isCovered) this.#completeVoice(segment);
    return true;
  }

  /** All audio of a context has come; answers a fault where that cannot be. */
  takeDone(contextId: string): Fault | undefined {
    const segment = this.#segmentOf(contextId);
    if (segment === undefined || segment.isVoiced) return undefined;
    if (!segment.isTextComplete) {
      return this.#isHeld ? undefined : faultOf('TTS_BROKEN', 'the voice ended before the text');
    }
    if (!segment.hasAudio) return faultOf('TTS_BROKEN', 'the voice gave no audio');
    this.#completeVoice(segment);
    return undefined;
  }

  /** Whether a failed context or connection was ours and was still needed. */
  isUsing(contextId: string | undefined, route: VoiceRoute): boolean {
    const voice = this.#script.open?.voice;
    if (voice === undefined || this.#script.open?.isVoiced === true) return false;
    if (contextId !== undefined) return voice.contextId === contextId;
    return voice.route.transport === route.transport && voice.route.voice === route.voice;
  }

  /** The voice failed: the rest goes another way. False when there is none left. */
  goOn(fault: Fault, now: number, isUnasked = false): boolean {
    const segment = this.#script.open;
    if (segment?.voice === undefined || this.#isDead) return false;
    const { contextId, route } = segment.voice;
    this.#parts.emit({ kind: 'tts-close', contextId, route });
    const rest = segment.breakOff();
    if (!segment.hasAudio) this.#script.remove(segment);
    const { routes } = this.#parts;
    const next = isUnasked ? routes.pass(route) : routes.fail(route, fault.code);
    this.#isRetrying = true;
    if (next === undefined) {
      this.#isDead = true;
      this.#heldText = [];
      return false;
    }
    if (isSpoken(rest)) {
      this.#begin(next).spokenAt = now;
      this.#speak(rest, now);
    }
    this.#closeIfComplete();
    return true;
  }

  /** Its time has come: what is there is heard, what waits is voiced. */
  release(now: number): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const { mulaw, words } of this.#heldAudio.splice(0)) this.#put(mulaw, words, now);
    for (const text of this.#heldText.splice(0)) this.#sayNow(text, now);
    this.#closeIfComplete();
  }

  /** Back to waiting; possible as long as nothing was sent. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Ends the utterance before it is over: the voice is told, then what is on its way is taken back where `isCleared`. */
  cut(isCleared: boolean): void {
    this.#closeContexts();
    this.#isCut = true;
    this.#heldAudio = [];
    this.#heldText = [];
    this.#playout.cut();
    const isOnItsWay = this.#playout.hasAudio && !this.#playout.isSettled && !this.#isTakenBack;
    if (isCleared && isOnItsWay) this.#parts.outlet.clear();
  }

  /** What has not been sent will not be said. */
  abandonText(): void {
    this.#script.breakOff();
    this.#heldText = [];
    this.#isTextComplete = true;
    this.#finishIfVoiced();
  }

  /** For a sound that may be an interruption: silence, now. */
  pause(): void {
    const { outlet } = this.#parts;
    if (outlet.isExact) return outlet.pause();
    this.#isHeld = true;
    this.#isTakenBack = true;
    this.#playout.cut();
    outlet.clear();
  }

  /** It was none: goes on where it was. */
  resume(pausedMs: number, now: number): void {
    const { outlet } = this.#parts;
    this.#playout.delay(pausedMs);
    if (outlet.isExact) return outlet.unpause();
    this.#isTakenBack = false;
    outlet.send(this.#playout, this.#playout.rewind(now));
    this.release(now);
  }

  /** The marks of audio that was sent are not coming back. */
  giveUpMarks(): void {
    this.#playout.settle();
  }

  hearMark(name: string, now: number): number | undefined {
    return this.#playout.hearMark(name, now);
  }

  deadline(now: number): VoicingDeadline | undefined {
    const segment = this.#script.open;
    if (segment === undefined || segment.isVoiced || this.#isDead) return undefined;
    const { ttsFirstAudioMsMax, ttsStallMsMax } = this.#parts.timings;
    if (segment.isTextComplete && segment.words.isNearlyCovered) {
      return { at: (segment.lastAudioAt ?? now) + TAIL_MS, what: 'tail' };
    }
    if (!segment.isAwaitingVoice && !segment.isTextComplete) return undefined;
    const { endsAt } = this.#playout;
    const { spokenAt, lastAudioAt } = segment;
    const since = lastAudioAt === undefined ? spokenAt : Math.max(spokenAt, lastAudioAt, endsAt);
    const at = since + (lastAudioAt === undefined ? ttsFirstAudioMsMax : ttsStallMsMax);
    const { routes, waitingSince } = this.#parts;
    if (segment.voice === undefined || this.#parts.hasFiller()) return { at, what: 'silent' };
    const soonerAt = silentUntil({
      since,
      quietSince: Math.max(waitingSince, endsAt),
      waysLeft: routes.after(segment.voice.route),
      isRetry: this.#isRetrying,
    });
    return { at: Math.min(at, soonerAt), what: 'silent' };
  }

  /** The deadline has passed; answers a fault where something is missing. */
  expire(what: VoicingDeadline['what']): Fault | undefined {
    const segment = this.#script.open;
    if (segment === undefined) return undefined;
    // Without alignment nothing but silence tells that all has been said.
    const isSaid = segment.isTextComplete && segment.hasAudio && !segment.words.isAligned;
    if (what === 'silent' && !isSaid) return faultOf('TTS_TIMEOUT', 'the voice is silent');
    this.#completeVoice(segment);
    return undefined;
  }

  /** All that it says or was to say, as written. */
  get text(): string {
    return this.#script.text + this.#heldText.join('');
  }

  /** The text before a clip that would be said now ({@link sayClip}), and the text that would come behind it. */
  get clipPlace(): { readonly before: string; readonly after: string } {
    const before = this.#script.textBeforeClip;
    return { before, after: this.text.slice(before.length) };
  }

  /** The beginning of {@link text} that the caller has heard, to the end of a word. */
  get heard(): string {
    const place = this.#playout.heard;
    if (place === undefined) return '';
    if (place === 'all') return this.text.trimEnd();
    return this.#script.textUpTo(place).trimEnd();
  }

  /** Characters given to the voice provider, as spoken. */
  get characters(): number {
    return this.#characters;
  }

  /** Something of it is on its way to the caller, or has been heard. */
  get isAudible(): boolean {
    return this.#playout.hasAudio;
  }

  /** All audio has been sent, and all marks are back. */
  get isOver(): boolean {
    return this.isSaid && this.#playout.isDrained;
  }

  /** All text is there and all its audio has been sent. */
  get isSaid(): boolean {
    return this.#isTextComplete && !this.#isHeld && this.#script.isVoiced;
  }

  /** What was sent will have been heard at this instant. */
  get endsAt(): number {
    return this.#playout.endsAt;
  }

  get isSettled(): boolean {
    return this.#playout.isSettled;
  }

  /** No voice can be had. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** The voice has text to say that nobody has heard: a clip would come before it, or cut it off. */
  get isAwaitingVoice(): boolean {
    if (this.#isDead) return false;
    return this.#heldText.length > 0 || this.#script.isAwaitingVoice;
  }

  /** Nothing is in the middle of being said: a clip may be put in. */
  get isBetweenSegments(): boolean {
    return this.#script.isBetweenSegments;
  }

  #sayNow(text: string, now: number): void {
    const open = this.#script.open;
    if (open === undefined || open.isTextComplete) {
      const route = this.#parts.routes.first;
      if (route === undefined) {
        this.#isDead = true;
        return;
      }
      this.#begin(route);
    }
    this.#speak(text, now);
  }

  #begin({ transport, voice }: VoiceRoute): Segment {
    const contextId = `${this.#parts.name}-${++this.#contexts}`;
    return this.#script.begin({ contextId, route: { transport, voice } });
  }

  #speak(text: string, now: number): void {
    const segment = this.#script.open;
    if (segment?.voice === undefined) return;
    if (!segment.isAwaitingVoice) segment.spokenAt = now;
    const spoken = segment.append(text);
    const { language, emit } = this.#parts;
    this.#characters += spoken.length;
    emit({ kind: 'tts-speak', ...segment.voice, language, text: spoken });
  }

  /** All text is there: the voice is told, and may have said it all before we knew that it was all. */
  #closeIfComplete(): void {
    if (!this.#isTextComplete || this.#isHeld) return;
    this.#closeText();
    const open = this.#script.open;
    if (open?.words.isCovered === true) this.#completeVoice(open);
    else this.#finishIfVoiced();
  }

  /** The open context has said all it was given, and gets no more. */
  #endOpen(): void {
    const segment = this.#script.open;
    if (segment === undefined) return;
    this.#closeText();
    this.#completeVoice(segment);
  }

  /** The open context gets no more text. */
  #closeText(): void {
    const segment = this.#script.open;
    if (segment?.voice === undefined || segment.isTextComplete) return;
    segment.isTextComplete = true;
    this.#parts.emit({ kind: 'tts-flush', ...segment.voice });
  }

  #completeVoice(segment: Segment): void {
    if (segment.isVoiced || segment.voice === undefined) return;
    segment.isVoiced = true;
    const words = segment.words.finish();
    if (words.length > 0) {
      const places = words.map(({ chars, atByte }) => ({ atByte, place: { segment, chars } }));
      this.#put(new Uint8Array(0), places, this.#playout.endsAt);
    }
    this.#parts.emit({ kind: 'tts-close', ...segment.voice });
    this.#finishIfVoiced();
  }

  #finishIfVoiced(): void {
    if (!this.isSaid) return;
    const mark = this.#playout.finish();
    if (mark === undefined) return;
    this.#parts.outlet.send(this.#playout, [{ mulaw: new Uint8Array(0), mark }]);
  }

  #put(mulaw: Uint8Array, words: readonly SpokenWord<Place>[], now: number): void {
    if (this.#isHeld) {
      this.#heldAudio.push({ mulaw, words });
      return;
    }
    const pieces: PlayoutPiece[] = this.#playout.push(mulaw, words, now);
    this.#parts.outlet.send(this.#playout, pieces);
  }

  #segmentOf(contextId: string): Segment | undefined {
    if (this.#isCut) return undefined;
    return this.#script.of(contextId);
  }

  #closeContexts(): void {
    for (const voice of this.#script.openVoices) this.#parts.emit({ kind: 'tts-close', ...voice });
  }
}

/** Silence before the first word; not what the voice says is the beginning of that word, however soft. */
function skippable(mulaw: Uint8Array, alignment: Alignment | undefined): number {
  const silent = leadingSilenceBytes(mulaw);
  const first = alignment?.chars.findIndex(isSpoken) ?? -1;
  const startMs = alignment?.startsMs[first] ?? 0;
  // Some voices give all the silence to the first character: that says nothing.
  return startMs > 0 ? Math.min(silent, Math.floor(startMs * BYTES_PER_MS)) : silent;
}
