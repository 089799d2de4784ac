/**
 * A whole call in virtual time: the edge's core between a scripted caller, a stream that plays like Twilio's, and scripted
 * providers. Nothing sleeps; a minute of conversation takes milliseconds.
 *
 * The agent's voice is its text: every character sounds for {@link CHAR_MS}, each byte of it the character's own code.
 * So what the caller heard can be read off what was played, to the byte.
 */
import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import type {
  CallInput,
  CallOutput,
  CallRecord,
  Message,
  TurnRecord,
} from '@patchcord/edge/src/call/core/contract.ts';
import type { Fault, FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import { CallSession } from '@patchcord/edge/src/call/core/session.ts';
import type { SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';

export const CHAR_MS = 60;
const FRAME_MS = 20;
const BYTES_PER_MS = 8;
/** µ-law of a loud sample, about -10 dBov as a square wave. */
const LOUD = 0x90;

export const SETTINGS: SessionSettings = {
  instructions: 'Be brief.',
  phrases: {
    greeting: 'Hello there, how can I help?',
    apology: 'Sorry, say that again please.',
    notUnderstood: 'I did not catch that.',
    reprompt: 'Are you still there?',
    goodbye: 'Goodbye then.',
    timeLimit: 'Our time is up.',
    failure: 'Something is broken here.',
  },
  timings: {
    llmFirstTokenMsMax: 3000,
    llmStallMsMax: 3000,
    ttsFirstAudioMsMax: 2000,
    ttsStallMsMax: 2000,
    marksLateMsMax: 4000,
    repromptMs: 8000,
    keypadPauseMs: 2000,
    callMsMax: 120_000,
  },
  limits: { repromptsMax: 2, failedTurnsMax: 3, agentCharsMax: 400 },
  endpointing: {
    silenceMs: 500,
    hypothesisSilenceMs: 900,
    stableMs: 400,
    uncoveredMs: 800,
    waitMsMax: 3000,
    coverToleranceMs: 250,
    deafSpeechMs: 1200,
  },
  bargeIn: { speechMsMin: 280 },
  history: { messagesMax: 60, charsMax: 24_000 },
};

/** How the model answers one request. */
export interface Answer {
  readonly text?: string;
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
  readonly endCall?: boolean;
  /** Fails after so many tokens. */
  readonly failsAfter?: { readonly tokens: number; readonly code: FaultCode };
  /** Says nothing more after so many tokens. */
  readonly stallsAfter?: number;
  /** Goes on as if nobody had aborted it. */
  readonly ignoresAbort?: boolean;
}

/** How the voice behaves from now on. */
export interface VoiceManners {
  readonly firstAudioMs: number;
  /** Each piece of text fails in place of being voiced. */
  readonly socketFails?: FaultCode;
  readonly httpFails?: FaultCode;
  readonly isSilent?: boolean;
  readonly isUnaligned?: boolean;
  /** Says when a context is complete, as the service does on some occasions. */
  readonly saysDone?: boolean;
}

export interface SttManners {
  readonly isDeaf?: boolean;
  readonly hasNoFinals?: boolean;
  readonly hasNoHypotheses?: boolean;
  /** Word to hypothesis, and silence of the segment to phrase. */
  readonly delayMs: number;
}

const SEGMENT_SILENCE_MS = 300;

interface ScriptedEvent {
  readonly at: number;
  readonly run: () => void;
}

interface Queued {
  readonly kind: 'audio' | 'mark';
  readonly bytes: Uint8Array;
  readonly name: string;
}

export class Conversation {
  now = 1000;
  readonly session: CallSession;
  readonly turns = new Map<number, TurnRecord>();
  readonly logs: Extract<CallOutput, { kind: 'log' }>[] = [];
  readonly requests: (readonly Message[])[] = [];
  readonly aborted: number[] = [];
  call: CallRecord | undefined;
  closed: { readonly at: number; readonly reason: string } | undefined;
  clears = 0;
  voice: VoiceManners = { firstAudioMs: 150 };
  stt: SttManners = { delayMs: 150 };
  /** One way, stream to edge and edge to stream. */
  networkMs = 20;
  /** The peer never returns a mark. */
  losesMarks = false;

  /** In the order in which they were scheduled. */
  readonly #events: ScriptedEvent[] = [];
  #wakeAt: number | undefined;
  #answers: Answer[];
  #sttId = 0;
  #sttBaseMs = 0;
  #frames = 0;
  #speech: { from: number; to: number }[] = [];
  #queue: Queued[] = [];
  #played: number[] = [];
  #isStopped = false;
  /** When the last audio of each context will have come. */
  readonly #contextEnds = new Map<string, number>();

  constructor(answers: Answer[] = [], settings: SessionSettings = SETTINGS) {
    this.#answers = answers;
    this.session = new CallSession(settings, { openedAt: this.now, firstTurnIndex: 0 });
  }

  /** The stream begins; from now on the caller sends a frame every 20 ms. */
  start(missing: Extract<CallInput, { kind: 'start' }>['missing'] = {}): this {
    this.feed({
      kind: 'start',
      callSid: 'CA1',
      streamSid: 'MZ1',
      customParameters: { From: '+60123', To: '+603' },
      missing,
    });
    this.#tick();
    return this;
  }

  /** The caller speaks after `inMs`; answers when the last word has been said. */
  say(text: string, inMs = 0, wordMs = 200): number {
    const words = text.split(' ');
    const from = this.now + inMs;
    const to = from + words.length * wordMs;
    this.#speech.push({ from, to });
    const startMs = this.#positionAt(from);
    words.forEach((_, index) => {
      const end = from + (index + 1) * wordMs;
      this.at(end + this.stt.delayMs, () => {
        if (this.stt.isDeaf || this.stt.hasNoHypotheses) return;
        const heard = words.slice(0, index + 1).join(' ');
        this.#recognise('stt-hypothesis', heard, startMs, this.#positionAt(end));
      });
    });
    this.at(to + SEGMENT_SILENCE_MS + this.stt.delayMs, () => {
      if (this.stt.isDeaf || this.stt.hasNoFinals) return;
      this.#recognise('stt-phrase', text, startMs, this.#positionAt(to));
    });
    return to;
  }

  /** Sound without words, such as a cough or a door. */
  noise(lengthMs: number, inMs = 0): void {
    this.#speech.push({ from: this.now + inMs, to: this.now + inMs + lengthMs });
  }

  hangUp(): void {
    this.#isStopped = true;
    this.feed({ kind: 'stop', reason: 'caller-hangup' });
  }

  /** The caller's side sends no more audio, as when a network drops it. */
  stopMedia(): void {
    this.#isStopped = true;
  }

  /** Plays the world forward. */
  run(lengthMs: number): this {
    const until = this.now + lengthMs;
    for (;;) {
      const event = this.#nextEvent();
      const wakeAt = this.#wakeAt;
      if (wakeAt !== undefined && wakeAt <= until && (event === undefined || wakeAt <= event.at)) {
        this.now = Math.max(this.now, wakeAt);
        this.#drain();
        continue;
      }
      if (event === undefined || event.at > until) break;
      this.#events.splice(this.#events.indexOf(event), 1);
      this.now = event.at;
      event.run();
    }
    this.now = until;
    return this;
  }

  #nextEvent(): ScriptedEvent | undefined {
    let next: ScriptedEvent | undefined;
    for (const event of this.#events) {
      if (next === undefined || event.at < next.at) next = event;
    }
    return next;
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
    this.#events.push({ at, run });
  }

  feed(input: CallInput): void {
    this.session.handle(input, this.now);
    this.#drain();
  }

  /** What the caller has heard so far, as characters of at least half their length. */
  get heard(): string {
    let text = '';
    for (let i = 0; i < this.#played.length;) {
      const code = this.#played[i] ?? MULAW_SILENCE;
      let end = i;
      while (end < this.#played.length && this.#played[end] === code) end++;
      const chars = Math.round((end - i) / (CHAR_MS * BYTES_PER_MS));
      if (code !== MULAW_SILENCE) text += String.fromCodePoint(code).repeat(chars);
      i = end;
    }
    return text;
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
    switch (output.kind) {
      case 'send-media':
        return this.#deliver(() => this.#enqueue('audio', output.mulaw.slice(), ''));
      case 'send-mark':
        return this.#deliver(() => this.#enqueue('mark', new Uint8Array(0), output.name));
      case 'send-clear':
        this.clears++;
        return this.#deliver(() => this.#clear());
      case 'stt-open':
        this.#sttId = output.sttId;
        this.#sttBaseMs = this.#frames * FRAME_MS;
        return;
      case 'stt-push':
      case 'stt-close':
        return;
      case 'llm-request':
        this.requests.push(output.messages);
        return this.#answer(output.requestId, this.#answers.shift() ?? { text: 'Yes.' });
      case 'llm-abort':
        this.aborted.push(output.requestId);
        return;
      case 'tts-speak':
        return this.#speakPiece(output);
      case 'tts-flush':
        return this.#flush(output.contextId);
      case 'tts-close':
        return;
      case 'record-call':
        this.call = output.record;
        return;
      case 'record-turn':
        this.turns.set(output.record.index, output.record);
        return;
      case 'close-socket':
        this.closed = { at: this.now, reason: output.reason };
        return;
      case 'log':
        this.logs.push(output);
        return;
    }
  }

  // The stream, as Twilio plays it

  #deliver(run: () => void): void {
    this.at(this.now + this.networkMs, run);
  }

  #enqueue(kind: Queued['kind'], bytes: Uint8Array, name: string): void {
    if (kind === 'mark' && this.#queue.length === 0) return this.#echo(name);
    this.#queue.push({ kind, bytes, name });
  }

  #echo(name: string): void {
    if (this.losesMarks) return;
    this.at(this.now + this.networkMs, () => this.feed({ kind: 'mark', name }));
  }

  /** Empties the queue and returns all pending marks, in order. */
  #clear(): void {
    for (const { kind, name } of this.#queue.splice(0)) if (kind === 'mark') this.#echo(name);
  }

  #playFrame(): void {
    let wanted = FRAME_MS * BYTES_PER_MS;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (head.kind === 'mark') {
        this.#queue.shift();
        this.#echo(head.name);
        continue;
      }
      if (wanted === 0) break;
      const taken = head.bytes.subarray(0, wanted);
      this.#played.push(...taken);
      wanted -= taken.length;
      this.#queue.shift();
      const rest = head.bytes.subarray(taken.length);
      if (rest.length > 0) this.#queue.unshift({ ...head, bytes: rest });
    }
    for (; wanted > 0; wanted--) this.#played.push(MULAW_SILENCE);
  }

  #tick(): void {
    this.#playFrame();
    if (!this.#isStopped) {
      const at = this.now;
      const isLoud = this.#speech.some(({ from, to }) => at >= from && at < to);
      const mulaw = new Uint8Array(FRAME_MS * BYTES_PER_MS).fill(isLoud ? LOUD : MULAW_SILENCE);
      this.#frames++;
      this.feed({ kind: 'media', mulaw });
    }
    this.at(this.now + FRAME_MS, () => this.#tick());
  }

  // Providers

  /** Where in the caller's audio the instant `at` is or will be. */
  #positionAt(at: number): number {
    return at - this.now + this.#frames * FRAME_MS;
  }

  #recognise(
    kind: 'stt-hypothesis' | 'stt-phrase',
    text: string,
    start: number,
    end: number,
  ): void {
    const base = this.#sttBaseMs;
    this.feed({ kind, sttId: this.#sttId, text, startMs: start - base, endMs: end - base });
  }

  sttFails(code: FaultCode): void {
    this.feed({ kind: 'stt-error', sttId: this.#sttId, fault: faultOf(code) });
  }

  #answer(requestId: number, answer: Answer): void {
    const tokens = (answer.text ?? '').match(/\s?\S{1,6}|\s+/gu) ?? [];
    const isOff = (): boolean => this.aborted.includes(requestId) && answer.ignoresAbort !== true;
    const send = (at: number, input: CallInput): void =>
      this.at(at, () => {
        if (!isOff()) this.feed(input);
      });
    let at = this.now + (answer.firstTokenMs ?? 300);
    for (const [index, text] of tokens.entries()) {
      if (answer.stallsAfter === index) return;
      if (answer.failsAfter?.tokens === index) break;
      send(at, { kind: 'llm-text', requestId, text });
      at += answer.tokenMs ?? 20;
    }
    if (answer.stallsAfter !== undefined) return;
    if (answer.failsAfter !== undefined) {
      return send(at, { kind: 'llm-error', requestId, fault: faultOf(answer.failsAfter.code) });
    }
    if (answer.endCall === true) {
      const call = { name: 'end_call', argumentsJson: '{}' };
      send(at, { kind: 'llm-tool-call', requestId, call });
    }
    send(at, { kind: 'llm-done', requestId });
  }

  #speakPiece(output: Extract<CallOutput, { kind: 'tts-speak' }>): void {
    const { contextId, route, text } = output;
    const { firstAudioMs, isSilent, isUnaligned, socketFails, httpFails } = this.voice;
    if (isSilent === true) return;
    const code = route === 'socket' ? socketFails : httpFails;
    const readyAt = Math.max(this.now + firstAudioMs, this.#contextEnds.get(contextId) ?? 0);
    this.#contextEnds.set(contextId, readyAt + 1);
    if (code !== undefined) {
      const fault = faultOf(code);
      return this.at(readyAt, () =>
        this.feed({ kind: 'tts-error', fault, ...(route === 'socket' ? {} : { contextId }) }),
      );
    }
    const chars = Array.from(text);
    const mulaw = Uint8Array.from(
      chars.flatMap((char) =>
        Array.from({ length: CHAR_MS * BYTES_PER_MS }, () => (char.codePointAt(0) ?? 0) & 0xff),
      ),
    );
    const alignment = {
      chars,
      startsMs: chars.map((_, index) => index * CHAR_MS),
      durationsMs: chars.map(() => CHAR_MS),
    };
    const isPlain = isUnaligned === true || route === 'http';
    this.at(readyAt, () =>
      this.feed({ kind: 'tts-audio', contextId, mulaw, ...(isPlain ? {} : { alignment }) }),
    );
  }

  #flush(contextId: string): void {
    if (this.voice.isSilent === true) return;
    if (this.voice.saysDone !== true && !this.#isHttp(contextId)) return;
    const at = Math.max(this.now, (this.#contextEnds.get(contextId) ?? 0) + 1);
    this.at(at, () => this.feed({ kind: 'tts-done', contextId }));
  }

  /** Only HTTP, where each piece is a request of its own, always knows when it is done. */
  #isHttp(contextId: string): boolean {
    return !contextId.endsWith('-1');
  }
}

function faultOf(code: FaultCode): Fault {
  return { code, message: 'scripted' };
}
