/**
 * A whole call in virtual time: the edge's core between a scripted caller, a stream that plays like Twilio's, and scripted
 * providers. Nothing sleeps; a minute of conversation takes milliseconds.
 *
 * The agent's voice is its text: every character sounds for {@link CHAR_MS}, each byte of it the character's own code.
 * So what the caller heard can be read off what was played, to the byte.
 */
import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import type { CallRecord, TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type {
  CallInput,
  CallOutput,
  Message,
  ToolCall,
  VoiceRoute,
} from '@patchcord/edge/src/call/core/contract.ts';
import { ENDPOINTING_DEFAULTS } from '@patchcord/edge/src/call/core/hearing/endpointing.ts';
import { INTERRUPTION_DEFAULTS } from '@patchcord/edge/src/call/core/hearing/interruption.ts';
import type { Fault, FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import { CallSession } from '@patchcord/edge/src/call/core/session.ts';
import type { Phrases, SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';
import type { FloorState } from '@patchcord/edge/src/call/core/floor.ts';

export const CHAR_MS = 60;
const FRAME_MS = 20;
const BYTES_PER_MS = 8;

/** A second of a voice that rises and falls, as voices do: a steady tone is no speech to the detector. */
const VOICE = encodeMulaw(
  Int16Array.from({ length: 8000 }, (_, i) => {
    const t = i / 8000;
    const phase = 2 * Math.PI * (120 * t - 4 * Math.cos(2 * Math.PI * 2 * t));
    const first = 550 + 200 * Math.sin(2 * Math.PI * 3 * t);
    let sample = 0;
    for (let harmonic = 1; harmonic <= 26; harmonic++) {
      const hz = harmonic * 120;
      const formants = 1 / (1 + ((hz - first) / 250) ** 2) + 0.4 / (1 + ((hz - 1500) / 300) ** 2);
      sample += (formants + 0.04) * Math.cos(harmonic * phase);
    }
    return Math.round(sample * 1300 * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t)));
  }),
);

/** A frame of a thousand hertz: twenty whole periods. */
const BEEP = encodeMulaw(
  Int16Array.from({ length: FRAME_MS * BYTES_PER_MS }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * i) / 8)),
  ),
);
const SILENCE = new Uint8Array(FRAME_MS * BYTES_PER_MS).fill(MULAW_SILENCE);

export const PHRASES = {
  greeting: 'Hello there, how can I help?',
  apology: 'Sorry, say that again please.',
  notUnderstood: 'I did not catch that.',
  reprompt: 'Are you still there?',
  goodbye: 'Goodbye then.',
  wrapUp: '',
  timeLimit: 'Our time is up.',
  failure: 'Something is broken here.',
  openers: ['Okay,', 'Well,'],
  fillers: ['One moment please.'],
  voicemail: '',
} as const satisfies Phrases;

export const SETTINGS: SessionSettings = {
  instructions: 'Be brief.',
  phrases: { en: PHRASES },
  timings: {
    llmFirstTokenMsMax: 3000,
    llmStallMsMax: 3000,
    llmMsMax: 8000,
    ttsFirstAudioMsMax: 2000,
    ttsStallMsMax: 2000,
    marksLateMsMax: 4000,
    openerAfterMs: 700,
    fillerAfterMs: 30_000,
    repromptMs: 8000,
    keypadPauseMs: 2000,
    callMsMax: 120_000,
    mediaGapMsMax: 5000,
  },
  limits: {
    repromptsMax: 2,
    failedTurnsMax: 3,
    agentCharsMax: 400,
    toolStepsMax: 3,
    turnsMax: 300,
  },
  models: { primary: 'quick', hedges: [], hedgeAfterMs: 0, fallbacks: [] },
  voices: 1,
  stt: {
    languages: ['en-US'],
    isIdentifying: false,
    endpoints: 1,
    rotateMs: 540_000,
    finalSilenceMs: 0,
  },
  endpointing: ENDPOINTING_DEFAULTS,
  interruption: INTERRUPTION_DEFAULTS,
  speculation: { isOn: true, triesMax: 3, silenceMs: 120 },
  history: { messagesMax: 60, charsMax: 24_000 },
  tools: [
    { name: 'end_call', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
    { name: 'transfer', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
    { name: 'note', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
    { name: 'look_up', isBuiltin: false, isSafeToAbort: true, timeoutMs: 5000 },
    { name: 'book', isBuiltin: false, isSafeToAbort: false, timeoutMs: 5000 },
  ],
  transferTargets: [{ name: 'front desk', target: '200', manner: 'cold' }],
  voicemail: { mode: 'hang-up' },
};

/** How the model answers one request. */
export interface Answer {
  readonly text?: string;
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
  readonly endCall?: boolean;
  /** Calls of tools, after the text. */
  readonly calls?: readonly ToolCall[];
  /** Fails after so many tokens. */
  readonly failsAfter?: { readonly tokens: number; readonly code: FaultCode };
  /** Says nothing more after so many tokens. */
  readonly stallsAfter?: number;
  /** For the second request with the same messages, and those after it. */
  readonly retry?: Answer;
  /** Goes on as if nobody had aborted it. */
  readonly ignoresAbort?: boolean;
}

/** How the voice behaves from now on. */
export interface VoiceManners {
  readonly firstAudioMs: number;
  /** Audio comes in pieces of so many characters, at twice the pace at which they sound; else all at once. */
  readonly chunkChars?: number;
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

/** What goes wrong with one piece of a provider's work. */
export type Trouble =
  | { readonly kind: 'fails'; readonly code: FaultCode; readonly afterMs: number }
  /** It comes so much later; `Infinity`: never. */
  | { readonly kind: 'late'; readonly byMs: number };

/** Asked at each piece of work that begins: a recogniser, a request, a context. */
export interface Weather {
  readonly stt?: (endpoint: number) => Trouble | undefined;
  readonly llm?: (model: string) => Trouble | undefined;
  readonly tts?: (route: VoiceRoute) => Trouble | undefined;
}

/** What the caller says at one go; positions in milliseconds of his audio. */
interface Utterance {
  readonly words: readonly { readonly text: string; readonly endMs: number }[];
  readonly startMs: number;
}

/** 20 ms at the caller's ear. */
export interface HeardFrame {
  readonly isAgent: boolean;
  readonly isCaller: boolean;
  readonly state: FloorState;
}

export type Brain = (messages: readonly Message[]) => Answer;

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
  readonly models: string[] = [];
  readonly toolCalls: ToolCall[] = [];
  readonly transfers: Extract<CallOutput, { kind: 'transfer' }>[] = [];
  readonly sttOpened: Extract<CallOutput, { kind: 'stt-open' }>[] = [];
  pauses = 0;
  /** Kinds of all outputs, in order. */
  readonly outputs: CallOutput['kind'][] = [];
  readonly aborted: number[] = [];
  call: CallRecord | undefined;
  closed: { readonly at: number; readonly reason: string } | undefined;
  readonly frames: HeardFrame[] = [];
  weather: Weather = {};
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
  readonly #answers: Answer[] | Brain;
  #sttId = 0;
  #sttBaseMs = 0;
  readonly #utterances: Utterance[] = [];
  /** By number of the recogniser, of the request, by name of the context: how much later everything comes. */
  readonly #lateMs = new Map<string, number>();
  /** Requests that are running: whether they have said anything. */
  readonly #running = new Map<number, boolean>();
  /** Contexts that have been given text, and their ways. */
  readonly #contexts = new Map<string, VoiceRoute>();
  #frames = 0;
  #speech: { from: number; to: number }[] = [];
  readonly #beeps: { from: number; to: number }[] = [];
  #queue: Queued[] = [];
  /** What was played: runs of the same byte. */
  readonly #played: { readonly code: number; bytes: number }[] = [];
  #isPaused = false;
  /** In the frame that is being played. */
  #isAudible = false;
  /** Samples of the agent's that were played, as our relay counts them. */
  #playedSamples = 0;
  #answered:
    | { readonly key: string; readonly text: string; readonly answer: Answer; count: number }
    | undefined;
  #isStopped = false;
  /** When the last audio of each context will have come. */
  readonly #contextEnds = new Map<string, number>();

  readonly #isPatchcord: boolean;

  constructor(
    answers: Answer[] | Brain = [],
    settings: SessionSettings = SETTINGS,
    isPatchcord = false,
  ) {
    this.#answers = answers;
    this.#isPatchcord = isPatchcord;
    this.session = new CallSession(settings, { openedAt: this.now, firstTurnIndex: 0 });
  }

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
    const words = text.split(' ');
    const from = this.now + inMs;
    const to = from + words.length * wordMs;
    this.#speech.push({ from, to });
    const utterance: Utterance = {
      words: words.map((word, index) => ({
        text: word,
        endMs: this.#positionAt(from + (index + 1) * wordMs),
      })),
      startMs: this.#positionAt(from),
    };
    this.#utterances.push(utterance);
    words.forEach((_, index) => {
      const end = from + (index + 1) * wordMs;
      this.at(end + this.stt.delayMs, () => this.#suppose(utterance, index + 1));
    });
    this.at(to + SEGMENT_SILENCE_MS + this.stt.delayMs, () => this.#conclude(utterance));
    return to;
  }

  /** The beep of a mailbox. */
  beep(lengthMs: number, inMs = 0): void {
    this.#beeps.push({ from: this.now + inMs, to: this.now + inMs + lengthMs });
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
    return this.#read(Math.round);
  }

  /** The same, of characters that were played to their end. */
  get heardWholly(): string {
    return this.#read(Math.floor);
  }

  #read(count: (chars: number) => number): string {
    let text = '';
    for (const { code, bytes } of this.#played) {
      if (code === MULAW_SILENCE) continue;
      text += String.fromCodePoint(code).repeat(count(bytes / (CHAR_MS * BYTES_PER_MS)));
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
    this.outputs.push(output.kind);
    switch (output.kind) {
      case 'send-media':
        return this.#deliver(() => this.#enqueue('audio', output.mulaw.slice(), ''));
      case 'send-mark':
        return this.#deliver(() => this.#enqueue('mark', new Uint8Array(0), output.name));
      case 'send-clear':
        this.clears++;
        return this.#deliver(() => this.#clear());
      case 'send-pause':
        this.pauses++;
        return this.#deliver(() => this.#hold(true));
      case 'send-unpause':
        return this.#deliver(() => this.#hold(false));
      case 'send-dtmf':
        return;
      case 'transfer':
        this.transfers.push(output);
        return;
      case 'stt-open':
        this.sttOpened.push(output);
        this.#sttId = output.sttId;
        this.#sttBaseMs = this.#frames * FRAME_MS;
        this.#meet(this.weather.stt?.(output.endpoint), `stt ${output.sttId}`, (fault) =>
          this.feed({ kind: 'stt-error', sttId: output.sttId, fault }),
        );
        return;
      case 'stt-push':
        // What is replayed lies before the audio that comes now.
        if (output.mulaw.length > FRAME_MS * BYTES_PER_MS) {
          this.#sttBaseMs -= output.mulaw.length / BYTES_PER_MS;
          this.at(this.now + this.stt.delayMs, () => this.#catchUp(output.sttId));
        }
        return;
      case 'stt-close':
        return;
      case 'llm-request':
        this.requests.push(output.messages);
        this.models.push(output.model);
        return this.#ask(output);
      case 'tool-call':
        this.toolCalls.push(output.call);
        return;
      case 'tool-abort':
        return;
      case 'llm-abort':
        this.aborted.push(output.requestId);
        this.#running.delete(output.requestId);
        return;
      case 'tts-speak':
        return this.#speakPiece(output);
      case 'tts-flush':
        return this.#flush(output.contextId, output.route.transport);
      case 'tts-close':
        this.#contexts.delete(output.contextId);
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
    if (this.#isPatchcord) this.#tellPlayed();
    this.at(this.now + this.networkMs, () => this.feed({ kind: 'mark', name }));
  }

  /** Requests to the same end get the same answer: a retry, a second model, a draft of what is said in full later. */
  #answerTo(messages: readonly Message[]): Answer {
    if (typeof this.#answers === 'function') return this.#answers(messages);
    const key = JSON.stringify(messages);
    const text = messages.at(-1)?.content ?? '';
    const last = this.#answered;
    if (last?.key === key) {
      last.count++;
      return last.answer.retry ?? last.answer;
    }
    const isMore = last !== undefined && text !== '' && text.startsWith(`${last.text} `);
    const answer = isMore ? last.answer : (this.#answers.shift() ?? { text: 'Yes.' });
    this.#answered = { key, text, answer, count: 1 };
    return answer;
  }

  #hold(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#tellPlayed();
  }

  #tellPlayed(cleared?: number): void {
    const samples = this.#playedSamples;
    const more = cleared === undefined ? {} : { cleared };
    this.at(this.now + this.networkMs, () => this.feed({ kind: 'played', samples, ...more }));
  }

  /** Empties the queue and returns all pending marks, in order. */
  #clear(): void {
    const cleared = this.#queue.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#isPaused = false;
    if (this.#isPatchcord) this.#tellPlayed(cleared);
    for (const { kind, name } of this.#queue.splice(0)) if (kind === 'mark') this.#echo(name);
  }

  #playFrame(): void {
    let wanted = FRAME_MS * BYTES_PER_MS;
    if (this.#isPaused) {
      this.#hear(MULAW_SILENCE, wanted);
      return;
    }
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (head.kind === 'mark') {
        this.#queue.shift();
        this.#echo(head.name);
        continue;
      }
      if (wanted === 0) break;
      const taken = head.bytes.subarray(0, wanted);
      for (const code of taken) this.#hear(code, 1);
      this.#playedSamples += taken.length;
      wanted -= taken.length;
      this.#queue.shift();
      const rest = head.bytes.subarray(taken.length);
      if (rest.length > 0) this.#queue.unshift({ ...head, bytes: rest });
    }
    this.#hear(MULAW_SILENCE, wanted);
  }

  #hear(code: number, bytes: number): void {
    const last = this.#played.at(-1);
    if (last?.code === code) last.bytes += bytes;
    else if (bytes > 0) this.#played.push({ code, bytes });
    if (code !== MULAW_SILENCE && bytes > 0) this.#isAudible = true;
  }

  #voice(): Uint8Array {
    const from = (this.#frames * FRAME_MS * BYTES_PER_MS) % VOICE.length;
    return VOICE.slice(from, from + FRAME_MS * BYTES_PER_MS);
  }

  #tick(): void {
    this.#isAudible = false;
    this.#playFrame();
    const at = this.now;
    const isLoud = this.#speech.some(({ from, to }) => at >= from && at < to);
    const { state } = this.session;
    this.frames.push({ isAgent: this.#isAudible, isCaller: isLoud, state });
    if (!this.#isStopped) {
      const isBeep = this.#beeps.some(({ from, to }) => at >= from && at < to);
      const mulaw = isBeep ? BEEP : isLoud ? this.#voice() : SILENCE;
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

  /** What a recogniser makes of the first `count` words, as far as it has been given their audio. */
  #suppose(utterance: Utterance, count: number): void {
    if (this.stt.hasNoHypotheses === true) return;
    this.#recognise('stt-hypothesis', utterance, count);
  }

  #conclude(utterance: Utterance): void {
    if (this.stt.hasNoFinals === true) return;
    this.#recognise('stt-phrase', utterance, utterance.words.length);
  }

  #recognise(
    kind: 'stt-hypothesis' | 'stt-phrase',
    { words, startMs }: Utterance,
    count: number,
  ): void {
    const sttId = this.#sttId;
    const baseMs = this.#sttBaseMs;
    const heard = words.slice(0, count).filter(({ endMs }) => endMs > baseMs);
    const last = heard.at(-1);
    if (this.stt.isDeaf === true || last === undefined) return;
    const input: CallInput = {
      kind,
      sttId,
      text: heard.map(({ text }) => text).join(' '),
      startMs: Math.max(0, startMs - baseMs),
      endMs: last.endMs - baseMs,
    };
    this.#afterLateness(`stt ${sttId}`, () => this.feed(input));
  }

  /** A recogniser that was given audio again hears at once what was said in it. */
  #catchUp(sttId: number): void {
    if (sttId !== this.#sttId) return;
    const heardMs = this.#frames * FRAME_MS - this.stt.delayMs;
    for (const utterance of this.#utterances) {
      const count = utterance.words.filter(({ endMs }) => endMs <= heardMs).length;
      const endMs = utterance.words.at(-1)?.endMs ?? 0;
      if (count === 0 || endMs <= this.#sttBaseMs) continue;
      if (endMs + SEGMENT_SILENCE_MS <= heardMs) this.#conclude(utterance);
      else this.#suppose(utterance, count);
    }
  }

  /** A piece of work begins, and goes wrong or not. Answers whether anything will come of it. */
  #meet(trouble: Trouble | undefined, key: string, fail: (fault: Fault) => void): boolean {
    if (trouble === undefined) return true;
    if (trouble.kind === 'late') {
      this.#lateMs.set(key, trouble.byMs);
      return true;
    }
    this.#lateMs.set(key, Infinity);
    this.at(this.now + trouble.afterMs, () => fail(faultOf(trouble.code)));
    return false;
  }

  #afterLateness(key: string, run: () => void): void {
    const lateMs = this.#lateMs.get(key) ?? 0;
    if (lateMs === 0) run();
    else if (lateMs < Infinity) this.at(this.now + lateMs, run);
  }

  /** The recogniser of this moment. */
  strikeStt(trouble: Trouble): void {
    const sttId = this.#sttId;
    this.#meet(trouble, `stt ${sttId}`, (fault) => this.feed({ kind: 'stt-error', sttId, fault }));
  }

  /** Every request that is running. `isFresh`: those that have said nothing yet; else the others. */
  strikeLlm(trouble: Trouble, isFresh: boolean): boolean {
    const ids = [...this.#running].flatMap(([id, hasSpoken]) => (hasSpoken !== isFresh ? id : []));
    for (const requestId of ids) {
      this.#meet(trouble, `llm ${requestId}`, (fault) => {
        if (this.#running.delete(requestId)) this.feed({ kind: 'llm-error', requestId, fault });
      });
    }
    return ids.length > 0;
  }

  /** Every context that is open, and the connection they share. */
  strikeTts(trouble: Trouble): boolean {
    const routes = new Map<string, VoiceRoute>();
    for (const [contextId, route] of this.#contexts) {
      routes.set(`${route.transport} ${route.voice}`, route);
      if (trouble.kind === 'late') this.#lateMs.set(contextId, trouble.byMs);
      else this.#lateMs.set(contextId, Infinity);
    }
    for (const route of routes.values()) {
      this.#meet(trouble, 'tts', (fault) => this.#breakVoice(route, fault));
    }
    return routes.size > 0;
  }

  /** The connection over which nobody says anything at the moment. */
  ttsFails(code: FaultCode): void {
    this.#breakVoice({ transport: 'socket', voice: 0 }, faultOf(code));
  }

  #breakVoice(route: VoiceRoute, fault: Fault, contextId?: string): void {
    const isOne = contextId !== undefined && route.transport === 'http';
    this.feed({ kind: 'tts-error', route, fault, ...(isOne ? { contextId } : {}) });
  }

  sttFails(code: FaultCode): void {
    this.feed({ kind: 'stt-error', sttId: this.#sttId, fault: faultOf(code) });
  }

  #ask({ requestId, model, messages }: Extract<CallOutput, { kind: 'llm-request' }>): void {
    const answer = this.#answerTo(messages);
    const trouble = this.weather.llm?.(model);
    this.#running.set(requestId, false);
    const isAnswering = this.#meet(trouble, `llm ${requestId}`, (fault) => {
      if (this.#running.delete(requestId)) this.feed({ kind: 'llm-error', requestId, fault });
    });
    if (isAnswering) this.#answer(requestId, answer);
  }

  #answer(requestId: number, answer: Answer): void {
    const tokens = (answer.text ?? '').match(/\s?\S{1,6}|\s+/gu) ?? [];
    const calls = [
      ...(answer.calls ?? []),
      ...(answer.endCall === true ? [{ id: 'end', name: 'end_call', argumentsJson: '{}' }] : []),
    ];
    const isOff = (): boolean => this.aborted.includes(requestId) && answer.ignoresAbort !== true;
    const say = (input: CallInput): void => {
      if (isOff()) return;
      if (input.kind === 'llm-text') this.#running.set(requestId, true);
      else if (input.kind !== 'llm-tool-call') this.#running.delete(requestId);
      this.feed(input);
    };
    const send = (at: number, input: CallInput): void =>
      this.at(at, () => {
        if (!isOff()) this.#afterLateness(`llm ${requestId}`, () => say(input));
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
    for (const call of calls) send(at, { kind: 'llm-tool-call', requestId, call });
    send(at, { kind: 'llm-done', requestId });
  }

  #speakPiece(output: Extract<CallOutput, { kind: 'tts-speak' }>): void {
    const { contextId, route, text } = output;
    const { firstAudioMs, chunkChars, isSilent, isUnaligned, socketFails, httpFails } = this.voice;
    const isNew = !this.#contexts.has(contextId);
    this.#contexts.set(contextId, route);
    const trouble = isNew ? this.weather.tts?.(route) : undefined;
    this.#meet(trouble, contextId, (fault) => this.#breakVoice(route, fault, contextId));
    if (isSilent === true) return;
    const isSocket = route.transport === 'socket';
    const code = isSocket ? socketFails : httpFails;
    const chars = Array.from(text);
    const startsAt = Math.max(this.now + firstAudioMs, this.#contextEnds.get(contextId) ?? 0);
    const size = chunkChars ?? chars.length;
    const chunks = Math.max(1, Math.ceil(chars.length / size));
    const stepMs = (size * CHAR_MS) / 2;
    this.#contextEnds.set(contextId, startsAt + (chunks - 1) * stepMs + 1);
    if (code !== undefined) {
      return this.at(startsAt, () => this.#breakVoice(route, faultOf(code), contextId));
    }
    const isPlain = isUnaligned === true || !isSocket;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const piece = chars.slice(chunk * size, (chunk + 1) * size);
      this.at(startsAt + chunk * stepMs, () =>
        this.#afterLateness(contextId, () => this.#sound(contextId, piece, isPlain)),
      );
    }
  }

  #sound(contextId: string, chars: string[], isPlain: boolean): void {
    const mulaw = voiceOf(chars.join(''));
    const alignment = {
      chars,
      startsMs: chars.map((_, index) => index * CHAR_MS),
      durationsMs: chars.map(() => CHAR_MS),
    };
    this.feed({ kind: 'tts-audio', contextId, mulaw, ...(isPlain ? {} : { alignment }) });
  }

  #flush(contextId: string, transport: 'socket' | 'http'): void {
    if (this.voice.isSilent === true) return;
    if (this.voice.saysDone !== true && transport !== 'http') return;
    const at = Math.max(this.now, (this.#contextEnds.get(contextId) ?? 0) + 1);
    this.at(at, () =>
      this.#afterLateness(contextId, () => this.feed({ kind: 'tts-done', contextId })),
    );
  }
}

/** The agent's voice, saying `text`. */
export function voiceOf(text: string): Uint8Array {
  const chars = Array.from(text);
  const bytes = CHAR_MS * BYTES_PER_MS;
  const mulaw = new Uint8Array(chars.length * bytes);
  for (const [i, char] of chars.entries()) {
    mulaw.fill((char.codePointAt(0) ?? 0) & 0xff, i * bytes, (i + 1) * bytes);
  }
  return mulaw;
}

function faultOf(code: FaultCode): Fault {
  return { code, message: 'scripted' };
}
