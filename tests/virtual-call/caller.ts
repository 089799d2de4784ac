/**
 * The caller: says what is planned, and reacts to what he hears when he hears it.
 *
 * He takes the floor when the agent's answer is audibly complete, or when the agent has stopped in the middle of one for
 * longer than {@link BROKEN_OFF_MS}; he says "hello?" after four seconds without an answer; he says a turn again, once, when
 * the answer shows that it was not understood, or when he gave way to an agent that talked over him.
 */

import type { SpeechPiece } from './agent-speech.ts';
import type { Draws } from './draws.ts';
import type { Ear } from './ear.ts';
import type { HeardWords } from './heard-words.ts';
import { FRAME_MS, type Mouth } from './mouth.ts';
import type { PieceRole } from './piece-role.ts';
import type { Aside, CallPlan, NoiseKind, PlannedTurn, Visit } from './plan.ts';
import { Room } from './room.ts';
import { amplitudeOf, voiceOf, wordSound } from './speech-sound.ts';
import { withPauses, type SpokenText } from './spoken-text.ts';

export interface Utterance {
  readonly kind: 'turn' | 'hello' | 'backchannel' | 'noise';
  /** Which turn of the plan; for the others, the one before. */
  readonly turnIndex: number;
  /** 0, then 1 where a turn is said again. */
  readonly attempt: number;
  readonly said: SpokenText | undefined;
  readonly noise: NoiseKind | undefined;
  readonly keys: string | undefined;
  readonly startAt: number;
  /** Of the last sound at his mouth. */
  endAt: number;
  /** He meant to cut in on the agent. */
  readonly isInterrupting: boolean;
  /** He gave way to the agent before he had finished. */
  isCut: boolean;
}

export interface CallerPorts {
  readonly plan: CallPlan;
  readonly mouth: Mouth;
  readonly words: HeardWords;
  readonly ear: Ear;
  readonly draws: Draws;
  roleOf(piece: SpeechPiece): PieceRole;
  hangUp(at: number): void;
  press(at: number, digit: string): void;
  visited(at: number, visit: Visit): void;
  gaveWay(at: number): void;
  trace(at: number, text: string): void;
}

const NOBODY_ANSWERS_MS = 4000;
const HELLOS_MAX = 2;
/** The agent's silence in mid-sentence that makes a caller think it is over; his reaction comes on top. */
const BROKEN_OFF_MS = 600;
/** He notices that somebody talks over him. */
const TALKED_OVER_MS = 300;
/** Between two keys. */
const KEY_MS = 350;
/** Nothing happens any more. */
const GIVE_UP_MS = 15_000;

export class Caller {
  readonly #ports: CallerPorts;
  readonly #room: Room;
  readonly #voice: ReturnType<typeof voiceOf>;
  readonly #amplitude: number;
  readonly utterances: Utterance[] = [];
  readonly #originAt: number;
  #turnIndex = 0;
  #attempt = 0;
  /** The latest turn that was said again because of the answer. */
  #repeated = -1;
  /** The latest turn whose answer he has done something besides. */
  #asides = -1;
  #current: Utterance | undefined;
  #nextUnit = 0;
  #stopsAt = Infinity;
  /** End of his latest words, or the beginning of the call. */
  #quietSince: number;
  #hellos = 0;
  #answerSince: number | undefined;
  #onsetAt = 0;
  #soundedAt = -Infinity;
  /** Contexts that were heard before his latest words: what they still say is no answer to them. */
  #oldContexts = new Set<string>();
  #askedAt: number;
  #pendingAside: Aside | undefined;
  #aside: { readonly utterance: Utterance; nextUnit: number } | undefined;
  #visits = 0;
  #isGone = false;

  /** `originAt` is when the first frame begins. */
  constructor(ports: CallerPorts, originAt: number) {
    this.#ports = ports;
    this.#room = new Room(ports);
    this.#originAt = originAt;
    this.#quietSince = originAt;
    this.#askedAt = originAt;
    const { surroundings } = ports.plan;
    this.#voice = voiceOf(surroundings.voice);
    this.#amplitude = amplitudeOf(surroundings.speechDbov);
  }

  /** Turns he has begun to say, in order. */
  turnsBegun(): readonly PlannedTurn[] {
    const count = this.#current?.kind === 'turn' || this.#attempt > 0 ? 1 : 0;
    return this.#ports.plan.turns.slice(0, this.#turnIndex + count);
  }

  /** Up to `at`, the end of the frame that is about to be made, he has heard all there was to hear. */
  step(at: number): void {
    if (this.#isGone) return;
    this.#listen(at);
    this.#sayAside(at);
    this.#letOthersSpeak(at);
    if (this.#isEnough(at)) return this.#leave(at);
    if (this.#current === undefined) this.#consider(at);
    else this.#speakOn(this.#current, at);
  }

  #listen(at: number): void {
    const last = this.#ports.ear.lastSoundBefore(at);
    if (last === undefined || last.toAt < at - FRAME_MS) return;
    if (last.toAt - this.#soundedAt > 200) this.#onsetAt = last.toAt;
    this.#soundedAt = last.toAt;
    if (this.#answerSince !== undefined || this.#ports.roleOf(last.piece) === 'filler') return;
    if (this.#isOld(last.piece)) return;
    this.#answerSince = last.toAt;
    const asked = this.#turnIndex - 1;
    if (this.#current !== undefined || this.#attempt > 0 || asked <= this.#asides) return;
    this.#asides = asked;
    this.#pendingAside = this.#ports.plan.turns[asked]?.aside;
  }

  #isOld({ contextId }: SpeechPiece): boolean {
    if (contextId !== undefined) return this.#oldContexts.has(contextId);
    const stretch = this.#ports.ear.stretches.at(-1);
    return stretch !== undefined && stretch.at < this.#askedAt;
  }

  #isSounding(at: number): boolean {
    return at - this.#soundedAt <= FRAME_MS;
  }

  /** It is not his turn to speak, or is it? */
  #consider(at: number): void {
    const { plan, ear } = this.#ports;
    const next = plan.turns[this.#turnIndex];
    const last = ear.lastSoundBefore(at);
    if (this.#answerSince === undefined || last === undefined) return this.#waitForAnswer(at);

    const heardRole = this.#ports.roleOf(last.piece);
    // A piece that is cut off ends nothing.
    const role = last.isEnd || heardRole === 'filler' ? heardRole : 'open';
    const isUnderstood = heardRole !== 'final-misunderstood';
    const cutInMs = next?.interruptsAfterMs;
    const answeredMs = at - this.#answerSince;
    const canCutIn = isUnderstood && this.#attempt === 0 && this.#isSounding(at);
    if (next !== undefined && cutInMs !== undefined && canCutIn) {
      if (answeredMs >= cutInMs) this.#begin(next, at, true);
      return;
    }
    const silenceMs = at - Math.max(last.toAt, this.#quietSince);
    const reactionMs = next?.reactionMs ?? 600;
    if (role === 'filler') return this.#waitForAnswer(at);
    if (role === 'open' && silenceMs < BROKEN_OFF_MS + reactionMs) return;
    if (silenceMs < reactionMs) return;
    this.#takeFloor(isUnderstood, at);
  }

  #takeFloor(isUnderstood: boolean, at: number): void {
    const { plan } = this.#ports;
    const asked = this.#turnIndex - 1;
    if (!isUnderstood && this.#attempt === 0 && asked > this.#repeated) {
      this.#repeated = asked;
      this.#turnIndex = asked;
      this.#attempt = 1;
    }
    const next = plan.turns[this.#turnIndex];
    if (next === undefined) return this.#leave(at);
    this.#begin(next, at, false);
  }

  #waitForAnswer(at: number): void {
    const sinceAt = Math.max(this.#quietSince, this.#soundedAt);
    if (at - sinceAt < NOBODY_ANSWERS_MS) return;
    if (this.#hellos < HELLOS_MAX) {
      this.#hellos++;
      return this.#start(this.#utter('hello', this.#ports.plan.hello, at, false));
    }
    const next = this.#ports.plan.turns[this.#turnIndex];
    if (next === undefined || at - this.#originAt > 10 * GIVE_UP_MS) return this.#leave(at);
    this.#hellos = 0;
    this.#begin(next, at, false);
  }

  /** He has had enough, in the middle of whatever it is. */
  #isEnough(at: number): boolean {
    const early = this.#ports.plan.earlyEnd;
    if (early === undefined) return false;
    const { turnIndex, during, afterMs } = early;
    const current = this.#current;
    if (during === 'words') {
      return current?.turnIndex === turnIndex && at - current.startAt >= afterMs;
    }
    const isAnswered = this.#turnIndex > turnIndex && current === undefined;
    return isAnswered && at - (this.#answerSince ?? Infinity) >= afterMs;
  }

  #leave(at: number): void {
    this.#isGone = true;
    this.#ports.trace(at, 'hangs up');
    this.#ports.hangUp(at);
  }

  #begin(turn: PlannedTurn, at: number, isInterrupting: boolean): void {
    this.#hellos = 0;
    if (turn.keys !== undefined) return this.#press(turn.keys, at);
    const said = this.#attempt === 0 ? turn.said : turn.again;
    this.#start(this.#utter('turn', said, at, isInterrupting));
  }

  #press(keys: string, at: number): void {
    const utterance = this.#utter('turn', undefined, at, false, {
      keys,
      lengthMs: keys.length * KEY_MS,
    });
    Array.from(keys).forEach((digit, i) =>
      this.#ports.press(utterance.startAt + i * KEY_MS, digit),
    );
    this.#start(utterance);
  }

  #utter(
    kind: Utterance['kind'],
    said: SpokenText | undefined,
    at: number,
    isInterrupting: boolean,
    sound?: { readonly kind?: NoiseKind; readonly keys?: string; readonly lengthMs: number },
  ): Utterance {
    const startAt = at - FRAME_MS;
    const utterance: Utterance = {
      kind,
      turnIndex: this.#turnIndex,
      attempt: this.#attempt,
      said,
      noise: sound?.kind,
      keys: sound?.keys,
      startAt,
      endAt: startAt + (said?.lengthMs ?? sound?.lengthMs ?? 0),
      isInterrupting,
      isCut: false,
    };
    this.utterances.push(utterance);
    const what = said === undefined ? (sound?.kind ?? sound?.keys ?? '') : withPauses(said);
    const how = isInterrupting ? ' (interrupts)' : utterance.attempt > 0 ? ' (again)' : '';
    this.#ports.trace(
      startAt,
      `${kind}${how}: ${what} [${Math.round(utterance.endAt - startAt)} ms]`,
    );
    return utterance;
  }

  #start(utterance: Utterance): void {
    this.#current = utterance;
    this.#nextUnit = 0;
    this.#stopsAt = Infinity;
    this.#answerSince = undefined;
    this.#pendingAside = undefined;
    this.#askedAt = utterance.startAt;
    this.#oldContexts = new Set(
      this.#ports.ear.stretches.flatMap(({ piece, at }) =>
        at < utterance.startAt && piece.contextId !== undefined ? [piece.contextId] : [],
      ),
    );
    this.#speakOn(utterance, utterance.startAt + FRAME_MS);
  }

  #speakOn(utterance: Utterance, at: number): void {
    if (at > this.#stopsAt || at >= utterance.endAt) this.#finish(utterance);
    else {
      this.#nextUnit = this.#sayDue(utterance, this.#nextUnit, Math.min(at, this.#stopsAt));
      this.#considerYielding(utterance, at);
    }
  }

  /** Words that begin before `untilAt`. Answers the first one that does not. */
  #sayDue({ said, startAt }: Utterance, from: number, untilAt: number): number {
    let index = from;
    for (;;) {
      const unit = said?.units[index];
      if (unit === undefined || startAt + unit.startMs >= untilAt) return index;
      index++;
      const startMs = startAt + unit.startMs - this.#originAt;
      const endMs = startAt + unit.endMs - this.#originAt;
      const sound = wordSound(this.#voice, unit.endMs - unit.startMs, this.#ports.draws);
      this.#ports.mouth.add(startMs, sound, this.#amplitude);
      this.#ports.words.add({ ...unit, speaker: 'caller', startMs, endMs });
    }
  }

  #considerYielding(utterance: Utterance, at: number): void {
    const turn = this.#ports.plan.turns[utterance.turnIndex];
    if (utterance.kind !== 'turn' || utterance.isInterrupting || utterance.attempt > 0) return;
    if (turn?.stopsWhenTalkedOver !== true || this.#stopsAt < Infinity) return;
    const isTalkedOver =
      this.#onsetAt > utterance.startAt &&
      this.#isSounding(at) &&
      at - this.#onsetAt >= TALKED_OVER_MS;
    const word = utterance.said?.units[this.#nextUnit - 1];
    if (!isTalkedOver || word === undefined) return;
    this.#stopsAt = Math.max(at, utterance.startAt + word.endMs);
    utterance.isCut = true;
    utterance.endAt = utterance.startAt + word.endMs;
    this.#ports.trace(at, 'gives way');
    this.#ports.gaveWay(at);
  }

  #finish(utterance: Utterance): void {
    // Short words may begin and end within the last frame.
    this.#sayDue(utterance, this.#nextUnit, Math.min(utterance.endAt, this.#stopsAt));
    this.#current = undefined;
    this.#quietSince = utterance.endAt;
    if (utterance.kind !== 'turn') return;
    if (utterance.isCut) {
      this.#attempt = 1;
      // What made him stop is what he waits for.
      this.#answerSince = this.#onsetAt;
      return;
    }
    // Whoever talked over him and has stopped has not answered him.
    if (!this.#isSounding(utterance.endAt)) this.#answerSince = undefined;
    this.#turnIndex++;
    this.#attempt = 0;
  }

  // While the agent speaks

  #sayAside(at: number): void {
    this.#startAside(at);
    const aside = this.#aside;
    if (aside === undefined) return;
    aside.nextUnit = this.#sayDue(aside.utterance, aside.nextUnit, at);
    if (at >= aside.utterance.endAt) this.#aside = undefined;
  }

  #startAside(at: number): void {
    const aside = this.#pendingAside;
    if (aside === undefined || this.#answerSince === undefined || this.#current !== undefined)
      return;
    if (at - this.#answerSince < aside.afterMs) return;
    this.#pendingAside = undefined;
    if (!this.#isSounding(at)) return;
    if (aside.kind === 'backchannel') {
      this.#aside = { utterance: this.#utter('backchannel', aside.said, at, false), nextUnit: 0 };
      return;
    }
    const noise = { kind: aside.noise, lengthMs: aside.lengthMs };
    const { startAt } = this.#utter('noise', undefined, at, false, noise);
    this.#room.makeNoise(noise, startAt - this.#originAt);
  }

  #letOthersSpeak(at: number): void {
    const visit = this.#ports.plan.surroundings.bystander[this.#visits];
    if (visit === undefined || at - this.#originAt < visit.atMs || this.#current !== undefined)
      return;
    this.#visits++;
    this.#ports.trace(
      at,
      `bystander: ${visit.said.text}${visit.isUnderstood ? ' (understood)' : ''}`,
    );
    this.#ports.visited(at - FRAME_MS, visit);
    this.#room.letBystanderSpeak(visit, at - FRAME_MS - this.#originAt);
  }
}
