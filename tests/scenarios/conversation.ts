/**
 * A whole call in virtual time: the edge's core between a scripted caller, a stream that plays like Twilio's, and scripted
 * providers. Nothing sleeps; a minute of conversation takes milliseconds.
 *
 * This is where tests begin. What stands around the core is in `world/`; each part there is one noun, and sees of the call
 * what `world/world.ts` says and what a test may change while the call runs: the fields under "circumstances" here.
 */

import { FRAME_MS } from '@patchcord/shared/media-streams/limits';
import type { CallRecord, TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type {
  CallInput,
  CallOutput,
  Message,
  ToolCall,
} from '@patchcord/edge/src/call/core/contract.ts';
import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import type { FloorState } from '@patchcord/edge/src/call/core/floor.ts';
import { CallSession } from '@patchcord/edge/src/call/core/session.ts';
import type { SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';
import { SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Agenda } from './world/agenda.ts';
import { Caller } from './world/caller.ts';
import { PhoneStream } from './world/phone-stream.ts';
import { ScriptedModel, type Answer, type Brain } from './world/scripted-model.ts';
import { ScriptedRecogniser, type SttManners } from './world/scripted-recogniser.ts';
import { ScriptedVoice, type VoiceManners } from './world/scripted-voice.ts';
import type { Trouble, Weather } from './world/trouble.ts';

type OutputOf<Kind extends CallOutput['kind']> = Extract<CallOutput, { kind: Kind }>;

/** 20 ms at the caller's ear. */
export interface HeardFrame {
  readonly isAgent: boolean;
  readonly isCaller: boolean;
  readonly state: FloorState;
}

export class Conversation {
  now = 1000;
  readonly session: CallSession;

  // Circumstances

  voice: VoiceManners = { firstAudioMs: 150 };
  stt: SttManners = { delayMs: 150 };
  weather: Weather = {};
  /** One way, stream to edge and edge to stream. */
  networkMs = 20;
  /** The peer never returns a mark. */
  losesMarks = false;

  // What has come of it

  /** Kinds of all outputs, in order. */
  readonly outputs: CallOutput['kind'][] = [];
  readonly frames: HeardFrame[] = [];
  readonly turns = new Map<number, TurnRecord>();
  call: CallRecord | undefined;
  closed: { readonly at: number; readonly reason: string } | undefined;
  readonly logs: OutputOf<'log'>[] = [];
  readonly requests: (readonly Message[])[] = [];
  readonly models: string[] = [];
  readonly toolCalls: ToolCall[] = [];
  readonly transfers: OutputOf<'transfer'>[] = [];
  readonly sttOpened: OutputOf<'stt-open'>[] = [];
  clears = 0;
  pauses = 0;

  readonly #isPatchcord: boolean;
  readonly #agenda = new Agenda();
  readonly #caller = new Caller();
  readonly #phone: PhoneStream;
  readonly #recogniser: ScriptedRecogniser;
  readonly #model: ScriptedModel;
  readonly #tts: ScriptedVoice;
  #wakeAt: number | undefined;
  #isStopped = false;

  constructor(
    answers: Answer[] | Brain = [],
    settings: SessionSettings = SETTINGS,
    isPatchcord = false,
  ) {
    this.#isPatchcord = isPatchcord;
    this.#phone = new PhoneStream(this, isPatchcord);
    this.#recogniser = new ScriptedRecogniser(this, this.#caller);
    this.#model = new ScriptedModel(this, answers);
    this.#tts = new ScriptedVoice(this);
    this.session = new CallSession(settings, { openedAt: this.now, firstTurnIndex: 0 });
  }

  // The caller

  /** The stream begins; from now on the caller sends a frame every 20 ms. */
  start(
    missing: Extract<CallInput, { kind: 'start' }>['missing'] = {},
    parameters: Readonly<Record<string, string>> = {},
  ): this {
    this.feed({
      kind: 'start',
      callSid: 'CA1',
      streamSid: 'MZ1',
      customParameters: { From: '+60123', To: '+603', ...parameters },
      missing,
      isPatchcord: this.#isPatchcord,
    });
    this.#tick();
    return this;
  }

  /** The caller speaks after `inMs`; answers when the last word has been said. */
  say(text: string, inMs = 0, wordMs = 200): number {
    const utterance = this.#caller.say(text, this.now, inMs, wordMs);
    this.#recogniser.follow(utterance);
    return this.now + utterance.endMs - this.#caller.sentMs;
  }

  /** The beep of a mailbox. */
  beep(lengthMs: number, inMs = 0): void {
    this.#caller.beep(this.now + inMs, lengthMs);
  }

  /** Sound without words, such as a cough or a door. */
  noise(lengthMs: number, inMs = 0): void {
    this.#caller.makeNoise(this.now + inMs, lengthMs);
    const startMs = this.#caller.sentMs + inMs;
    this.#recogniser.followNoise({ startMs, endMs: startMs + lengthMs });
  }

  hangUp(): void {
    this.#isStopped = true;
    this.feed({ kind: 'stop', reason: 'caller-hangup' });
  }

  /** The caller's side sends no more audio, as when a network drops it. */
  stopMedia(): void {
    this.#isStopped = true;
  }

  // Faults of this moment

  /** What recognises at present meets this. */
  strikeStt(trouble: Trouble): void {
    this.#recogniser.strike(trouble);
  }

  /** Requests that are running do: `isFresh`, those that have said nothing yet; else the others. */
  strikeLlm(trouble: Trouble, isFresh: boolean): boolean {
    return this.#model.strike(trouble, isFresh);
  }

  /** Contexts that are open do, and the connection they share. */
  strikeTts(trouble: Trouble): boolean {
    return this.#tts.strike(trouble);
  }

  sttFails(code: FaultCode): void {
    this.#recogniser.fail(code);
  }

  /** The connection over which nobody says anything at the moment. */
  ttsFails(code: FaultCode): void {
    this.#tts.fail(code);
  }

  // Time

  /** Plays the world forward. */
  run(lengthMs: number): this {
    const until = this.now + lengthMs;
    for (;;) {
      const event = this.#agenda.next;
      const wakeAt = this.#wakeAt;
      if (wakeAt !== undefined && wakeAt <= until && (event === undefined || wakeAt <= event.at)) {
        this.now = Math.max(this.now, wakeAt);
        this.#drain();
        continue;
      }
      if (event === undefined || event.at > until) break;
      this.#agenda.remove(event);
      this.now = event.at;
      event.run();
    }
    this.now = until;
    return this;
  }

  /** Runs until `isDone`, for at most a minute. */
  runUntil(isDone: () => boolean): this {
    for (let i = 0; i < 6000; i++) {
      if (isDone()) return this;
      this.run(10);
    }
    throw new Error(`nothing came of it while ${this.session.state}`);
  }

  /** The agent has said what it had to say and the caller has the floor. */
  runUntilListening(): this {
    this.run(10);
    return this.runUntil(() => this.session.state === 'listening');
  }

  at(at: number, run: () => void): void {
    this.#agenda.add({ at, run });
  }

  feed(input: CallInput): void {
    this.session.handle(input, this.now);
    this.#drain();
  }

  #tick(): void {
    const isAgent = this.#phone.playFrame();
    const isCaller = this.#caller.isLoudAt(this.now);
    this.frames.push({ isAgent, isCaller, state: this.session.state });
    if (!this.#isStopped) this.feed({ kind: 'media', mulaw: this.#caller.nextFrame(this.now) });
    this.at(this.now + FRAME_MS, () => this.#tick());
  }

  // What tests read

  /** What the caller has heard so far, as characters of at least half their length. */
  get heard(): string {
    return this.#phone.read(Math.round);
  }

  /** The same, of characters that were played to their end. */
  get heardWholly(): string {
    return this.#phone.read(Math.floor);
  }

  turn(index: number): TurnRecord {
    const turn = this.turns.get(index);
    if (turn === undefined) throw new Error(`there is no turn ${index}`);
    return turn;
  }

  /** What the model was told at its latest request, without the instructions. */
  get told(): string[] {
    return (this.requests.at(-1) ?? []).slice(1).map(({ role, content }) => `${role}: ${content}`);
  }

  codes(): string[] {
    return this.logs.flatMap(({ code }) => code ?? []);
  }

  // What the core asks for

  #drain(): void {
    for (;;) {
      const output = this.session.poll(this.now);
      if (output.kind === 'idle') {
        this.#wakeAt = output.wakeAt;
        return;
      }
      this.#perform(output);
    }
  }

  #perform(output: Exclude<CallOutput, { kind: 'idle' }>): void {
    this.outputs.push(output.kind);
    switch (output.kind) {
      case 'send-media':
        return this.#phone.media(output.mulaw.slice());
      case 'send-mark':
        return this.#phone.mark(output.name);
      case 'send-clear':
        this.clears++;
        return this.#phone.clear();
      case 'send-pause':
        this.pauses++;
        return this.#phone.pause(true);
      case 'send-unpause':
        return this.#phone.pause(false);
      case 'transfer':
        return void this.transfers.push(output);
      case 'stt-open':
        this.sttOpened.push(output);
        return this.#recogniser.open(output);
      case 'stt-push':
        return this.#recogniser.push(output);
      case 'llm-request':
        this.requests.push(output.messages);
        this.models.push(output.model);
        return this.#model.ask(output);
      case 'llm-abort':
        return this.#model.abort(output.requestId);
      case 'tool-call':
        return void this.toolCalls.push(output.call);
      case 'tts-speak':
        return this.#tts.speak(output);
      case 'tts-flush':
        return this.#tts.flush(output);
      case 'tts-close':
        return this.#tts.close(output.contextId);
      case 'record-call':
        this.call = output.record;
        return;
      case 'record-turn':
        return void this.turns.set(output.record.index, output.record);
      case 'close-socket':
        this.closed = { at: this.now, reason: output.reason };
        return;
      case 'log':
        return void this.logs.push(output);
      case 'send-dtmf':
      case 'stt-close':
      case 'tool-abort':
        return;
    }
  }
}
