/**
 * One whole call in virtual time: a caller, a line, a peer and providers around an engine. Nothing sleeps; a minute of
 * conversation takes some tens of milliseconds. The same plan gives every engine the same caller and the same draws.
 */

import type { CallRecord, TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type { CallInput, CallOutput } from '@patchcord/edge/src/call/core/contract.ts';
import type { ConversationEngine } from './engine.ts';
import { audioOf, alignmentOf, makePiece, type SpeechPiece } from './agent-speech.ts';
import type { CallEvent } from './call-event.ts';
import type { CallResult, ClearEvent } from './call-result.ts';
import { Caller } from './caller.ts';
import { drawNetwork, type Network } from './network.ts';
import { Draws } from './draws.ts';
import { Ear } from './ear.ts';
import { EventHeap } from './event-heap.ts';
import { HeardWords } from './heard-words.ts';
import type { Latencies } from './latencies.ts';
import { Line } from './line.ts';
import { Model, type ModelRequest } from './model.ts';
import { FRAME_BYTES, FRAME_MS, Mouth } from './mouth.ts';
import { musicSound, televisionSound } from './noise-sound.ts';
import { roleOf } from './piece-role.ts';
import { outageAt, type Outage } from './outage.ts';
import { Peer, type PeerKind, type ToPeer } from './peer.ts';
import type { CallPlan } from './plan.ts';
import { Recogniser } from './recogniser.ts';
import { amplitudeOf } from './speech-sound.ts';
import { Synthesis } from './synthesis.ts';
import { Trace } from './trace.ts';
import { LineEcho } from './line-echo.ts';

const OPENED_AT = 1000;
const CALL_MS_MAX = 240_000;
/** A refusal takes a way there and back. */
const REFUSAL_MS = 80;
/** Somebody picks up. */
const TRANSFER_STEPS = [
  ['ringing', 300],
  ['answered', 3300],
] as const;
/** Idle answers in a row with a wake-up that is due: the engine does not let time pass. */
const STUCK_POLLS_MAX = 1000;

export interface CallOptions {
  readonly plan: CallPlan;
  readonly peer: PeerKind;
  readonly latencies: Latencies;
  readonly isTraced?: boolean;
  readonly outages?: readonly Outage[];
}

export class VirtualCall {
  readonly #options: CallOptions;
  readonly #engine: ConversationEngine;
  readonly #heap = new EventHeap();
  readonly #ear = new Ear();
  readonly #words = new HeardWords();
  readonly #mouth: Mouth;
  readonly #caller: Caller;
  readonly #peer: Peer;
  readonly #model: Model;
  readonly #synthesis: Synthesis;
  readonly #network: Network;
  readonly #toEdge: Line;
  readonly #toPeer: Line;
  readonly #draws: Readonly<Record<'stt' | 'llm' | 'tts' | 'tool', Draws>>;
  readonly #recognisers = new Map<number, Recogniser>();
  readonly #requestOf = new Map<SpeechPiece, ModelRequest>();
  readonly #arrivals = new Map<SpeechPiece, number>();
  readonly #turns = new Map<number, TurnRecord>();
  readonly #clears: ClearEvent[] = [];
  readonly #warnings: string[] = [];
  readonly #events: CallEvent[] = [];
  readonly #outages: readonly Outage[];
  readonly #abortedTools = new Set<string>();
  readonly #trace: Trace | undefined;
  readonly #echo: LineEcho | undefined;
  #call: CallRecord | undefined;
  #now = OPENED_AT;
  #wakeAt: number | undefined;
  #pieces = 0;
  #pauses = 0;
  #endedBy: CallResult['endedBy'] = 'nobody';
  #isOver = false;
  #isClosed = false;

  constructor(
    options: CallOptions,
    createEngine: (openedAt: number, plan: CallPlan) => ConversationEngine,
  ) {
    const { plan, peer, latencies } = options;
    const { seed, surroundings } = plan;
    this.#options = options;
    this.#outages = options.outages ?? [];
    this.#trace = options.isTraced === true ? new Trace() : undefined;
    const line = Draws.of(seed, 'line');
    this.#network = drawNetwork(line, latencies);
    this.#draws = {
      stt: Draws.of(seed, 'stt'),
      llm: Draws.of(seed, 'llm'),
      tts: Draws.of(seed, 'tts'),
      tool: Draws.of(seed, 'tool'),
    };
    const schedule = (at: number, run: () => void): void => this.#heap.push(at, run);
    const jitterMs = (): number => line.uniform(0, latencies.jitterMsMax);
    this.#toEdge = new Line({ delayMs: this.#network.peerToEdgeMs, jitterMs, schedule });
    this.#toPeer = new Line({ delayMs: this.#network.edgeToPeerMs, jitterMs, schedule });
    this.#mouth = new Mouth(
      Draws.of(seed, 'floor'),
      amplitudeOf(surroundings.floorDbov),
      loopOf(plan),
    );
    this.#peer = new Peer(peer, {
      send: (input) => this.#toEdge.carry(this.#now, () => this.#feed(input)),
      provenanceOf: (mulaw) => this.#ear.provenanceOf(mulaw),
    });
    this.#caller = new Caller(
      {
        plan,
        mouth: this.#mouth,
        words: this.#words,
        ear: this.#ear,
        draws: Draws.of(seed, 'caller'),
        roleOf: (piece) => roleOf(piece, plan.script.phrases, this.#requestOf.get(piece)?.answer),
        hangUp: (at) => this.#hangUp(at),
        press: (at, digit) => this.#press(at, digit),
        visited: (at, visit) => this.#events.push({ at, kind: 'visit', visit }),
        gaveWay: (at) => this.#events.push({ at, kind: 'gives-way' }),
        trace: (at, text) => this.#trace?.add(at, 'caller', text),
      },
      // The first frame ends at the mouth just in time for the first slot.
      OPENED_AT - this.#network.mouthToPeerMs - FRAME_MS,
    );
    this.#echo = surroundings.hasEcho
      ? new LineEcho(this.#words, Draws.of(seed, 'echo'), surroundings.echoWordsProbability)
      : undefined;
    this.#model = new Model({
      script: plan.script,
      draws: this.#draws.llm,
      latencies,
      schedule,
      answer: (input) => this.#feedLlm(input),
      turnsBegun: () => this.#caller.turnsBegun(),
    });
    this.#synthesis = new Synthesis({
      draws: this.#draws.tts,
      latencies,
      nextPieceId: () => ++this.#pieces,
      register: (audio, piece, fromByte) => this.#ear.register(audio, piece, fromByte),
      schedule,
      answer: (input) => this.#feed(input),
    });
    this.#engine = createEngine(OPENED_AT, plan);
  }

  run(): CallResult {
    this.#start();
    while (!this.#isOver) {
      const at = Math.min(this.#heap.nextAt, this.#wakeAt ?? Infinity);
      if (at > OPENED_AT + CALL_MS_MAX) break;
      this.#now = Math.max(this.#now, at);
      if (this.#heap.nextAt <= at) this.#heap.shift()?.run();
      else this.#drain();
    }
    return this.#result();
  }

  #result(): CallResult {
    const turns = [...this.#turns.values()].toSorted((a, b) => a.index - b.index);
    this.#trace?.addHearing(this.#ear.stretches);
    this.#trace?.addTurns(turns, this.#now);
    return {
      plan: this.#options.plan,
      network: this.#network,
      utterances: this.#caller.utterances,
      ear: this.#ear,
      requests: [...this.#model.requests.values()],
      contexts: [...this.#synthesis.contexts.values()],
      requestOf: this.#requestOf,
      clears: this.#clears,
      pauses: this.#pauses,
      turns,
      call: this.#call,
      arrivals: this.#arrivals,
      startedAt: OPENED_AT,
      endedAt: this.#now,
      endedBy: this.#endedBy,
      warnings: this.#warnings,
      events: this.#events.toSorted((a, b) => a.at - b.at),
      trace: this.#trace,
    };
  }

  #start(): void {
    const { plan, peer } = this.#options;
    // Voiced before, and kept: what the shell hands over as soon as there is a stream.
    const { greeting, apology, goodbye, reprompt, openers, fillers } = plan.script.phrases;
    for (const text of [greeting, apology, goodbye, reprompt, ...openers, ...fillers]) {
      this.#engine.handle(this.#clip(text), this.#now);
    }
    this.#engine.handle(
      {
        kind: 'start',
        callSid: `CA${plan.seed}`,
        streamSid: `MZ${plan.seed}`,
        customParameters: { From: '+60123456789', To: '+60312345678' },
        missing: {},
        isPatchcord: peer === 'patchcord',
      },
      this.#now,
    );
    this.#drain();
    for (const outage of this.#outages) {
      this.#heap.push(OPENED_AT + outage.fromMs, () => this.#beginOutage(outage));
    }
    this.#tick();
  }

  /** What is under way breaks; what is asked for later is refused. */
  #beginOutage(outage: Outage): void {
    this.#events.push({ at: this.#now, kind: 'outage', outage });
    const fault = { code: outage.code, message: 'scripted' };
    if (outage.provider === 'voice') {
      this.#synthesis.breakOff();
      const transport = outage.only === 'http' ? 'http' : 'socket';
      this.#feed({ kind: 'tts-error', route: { transport, voice: 0 }, fault });
    }
    const sttId = [...this.#recognisers.keys()].at(-1);
    if (outage.provider === 'recognition' && sttId !== undefined)
      this.#failRecogniser(sttId, outage);
  }

  #failRecogniser(sttId: number, { code }: Outage): void {
    this.#recogniser(sttId).close();
    this.#feed({ kind: 'stt-error', sttId, fault: { code, message: 'scripted' } });
  }

  #outageOf(provider: Outage['provider'], name: string): Outage | undefined {
    return outageAt(this.#outages, provider, name, this.#now - OPENED_AT);
  }

  #press(at: number, digit: string): void {
    this.#events.push({ at, kind: 'key', digit });
    this.#heap.push(at + this.#network.mouthToPeerMs, () =>
      this.#toEdge.carry(this.#now, () => this.#feed({ kind: 'dtmf', digit })),
    );
  }

  #clip(text: string): CallInput {
    const id = ++this.#pieces;
    const piece = makePiece(text, { id, leadingSilenceMs: 0, draws: this.#draws.tts });
    const mulaw = audioOf(piece, 0, piece.lengthMs);
    this.#ear.register(mulaw, piece, 0);
    return { kind: 'clip', text, mulaw, alignment: alignmentOf(piece, 0, piece.lengthMs) };
  }

  /** A slot of the peer's clock: what it plays, and the caller's frame that reaches it. */
  #tick(): void {
    const slotAt = this.#now;
    this.#peer.advance();
    let earAt = slotAt + this.#network.peerToEarMs;
    for (const { piece, fromByte, toByte, arrivedAt } of this.#peer.takeSlot()) {
      if (!this.#arrivals.has(piece)) this.#arrivals.set(piece, arrivedAt);
      this.#ear.hear(earAt, piece, fromByte, toByte);
      this.#echo?.hear(piece, fromByte, toByte, slotAt - OPENED_AT);
      earAt += (toByte - fromByte) / (FRAME_BYTES / FRAME_MS);
    }
    // The caller's frame that reaches the peer now. What he had heard at its end was played long before.
    this.#caller.step(slotAt - this.#network.mouthToPeerMs);
    const mulaw = this.#mouth.next(this.#echo?.take());
    this.#toEdge.carry(slotAt, () => this.#feed({ kind: 'media', mulaw }));
    this.#heap.push(slotAt + FRAME_MS, () => this.#tick());
  }

  #hangUp(at: number): void {
    this.#events.push({ at, kind: 'hang-up' });
    this.#heap.push(at + this.#network.mouthToPeerMs, () => {
      this.#peer.stop();
      this.#toEdge.carry(this.#now, () => {
        this.#feed({ kind: 'stop', reason: 'caller-hangup' });
        this.#end('caller');
      });
    });
  }

  #end(by: CallResult['endedBy']): void {
    if (this.#isOver) return;
    this.#endedBy = by;
    this.#isOver = true;
  }

  #feed(input: CallInput): void {
    if (this.#isClosed) return;
    this.#engine.handle(input, this.#now);
    this.#drain();
  }

  #feedLlm(input: CallInput): void {
    if (input.kind === 'llm-tool-call') {
      this.#trace?.add(this.#now, 'llm', `#${input.requestId} calls ${input.call.name}`);
    } else if (input.kind === 'llm-done')
      this.#trace?.add(this.#now, 'llm', `#${input.requestId} done`);
    this.#feed(input);
  }

  #drain(): void {
    for (let idles = 0; ;) {
      const output = this.#engine.poll(this.#now);
      if (output.kind === 'idle') {
        this.#wakeAt = output.wakeAt;
        if (output.wakeAt === undefined || output.wakeAt > this.#now) return;
        if (++idles > STUCK_POLLS_MAX) throw new Error('the engine wants to be woken in the past');
        continue;
      }
      this.#perform(output);
    }
  }

  #perform(output: Exclude<CallOutput, { kind: 'idle' }>): void {
    switch (output.kind) {
      case 'send-media':
      case 'send-mark':
      case 'send-clear':
      case 'send-pause':
      case 'send-unpause':
        return this.#send(output);
      case 'stt-open':
        return this.#openRecogniser(output);
      case 'stt-push':
        return this.#recogniser(output.sttId).push(output.mulaw, this.#now);
      case 'stt-close':
        return this.#recogniser(output.sttId).close();
      case 'llm-request':
        return this.#ask(output);
      case 'llm-abort':
        this.#trace?.add(this.#now, 'llm', `#${output.requestId} aborted`);
        return this.#model.abort(output.requestId, this.#now);
      case 'tool-call':
        return this.#callTool(output.call.id, output.call.name);
      case 'tool-abort':
        this.#abortedTools.add(output.toolCallId);
        return;
      case 'tts-speak':
        return this.#speak(output);
      case 'tts-flush':
        return this.#synthesis.flush(
          output.contextId,
          output.route.transport === 'http',
          this.#now,
        );
      case 'tts-close':
        return this.#synthesis.close(output.contextId);
      case 'record-call':
        this.#call = output.record;
        return;
      case 'record-turn':
        this.#turns.set(output.record.index, output.record);
        return;
      case 'close-socket':
        this.#trace?.add(this.#now, 'core', `closes the socket: ${output.reason}`);
        this.#isClosed = true;
        this.#events.push({ at: this.#now, kind: 'closed', reason: output.reason });
        // What was sent before it is still played, as far as the network has it.
        this.#heap.push(this.#now + this.#network.edgeToPeerMs + this.#network.peerToEarMs, () =>
          this.#end('engine'),
        );
        return;
      case 'log':
        this.#events.push({ ...output, at: this.#now, code: output.code });
        if (output.level !== 'info') this.#warnings.push(`${output.event}: ${output.message}`);
        this.#trace?.add(this.#now, 'core', `${output.level} ${output.event}: ${output.message}`);
        return;
      case 'send-dtmf':
        this.#trace?.add(this.#now, 'core', output.kind);
        return;
      case 'transfer':
        return this.#transfer(output.transferId);
    }
  }

  #send(message: ToPeer): void {
    const sentAt = this.#now;
    if (message.kind === 'send-media') this.#ear.provenanceOf(message.mulaw);
    this.#toPeer.carry(sentAt, () => {
      const threwBytes = this.#peer.queuedBytes;
      if (message.kind === 'send-clear') {
        this.#clears.push({ sentAt, arrivedAt: this.#now, threwBytes });
      }
      if (message.kind === 'send-pause') this.#pauses++;
      this.#noteForPeer(message.kind, Math.round(threwBytes / 8));
      if (message.kind !== 'send-media' && message.kind !== 'send-mark') {
        const queued = `${Math.round(threwBytes / 8)} ms queued`;
        this.#trace?.add(this.#now, 'peer', `${message.kind.replace('send-', '')} (${queued})`);
      }
      this.#peer.take(message, this.#now);
    });
  }

  /** What the caller hears of it. */
  #noteForPeer(kind: ToPeer['kind'], queuedMs: number): void {
    const at = this.#now + this.#network.peerToEarMs;
    if (kind === 'send-pause') this.#events.push({ at, kind: 'pause' });
    if (kind === 'send-unpause') this.#events.push({ at, kind: 'unpause' });
    if (kind === 'send-clear') this.#events.push({ at, kind: 'clear', threwMs: queuedMs });
  }

  /** Somebody answers. */
  #transfer(transferId: string): void {
    this.#trace?.add(this.#now, 'core', 'transfer');
    this.#events.push({ at: this.#now, kind: 'transfer', status: 'asked' });
    for (const [status, afterMs] of TRANSFER_STEPS) {
      this.#heap.push(this.#now + afterMs, () => {
        this.#events.push({ at: this.#now, kind: 'transfer', status });
        this.#feed({ kind: 'transfer-progress', transferId, status });
      });
    }
  }

  #openRecogniser({ sttId, languages }: Extract<CallOutput, { kind: 'stt-open' }>): void {
    const { plan, latencies } = this.#options;
    this.#trace?.add(this.#now, 'stt', `#${sttId} opens, ${languages.join(' ')}`);
    const recogniser = new Recogniser({
      mouth: this.#mouth,
      words: this.#words,
      draws: this.#draws.stt,
      latencies,
      language: languages.length > 1 ? plan.script.locale : undefined,
      schedule: (at, run) => this.#heap.push(at, run),
      answer: (kind, recognition) => {
        const { text, startMs, endMs } = recognition;
        const what = kind === 'stt-phrase' ? 'PHRASE' : 'heard';
        this.#trace?.add(this.#now, 'stt', `${what} "${text}" ${startMs}-${endMs}`);
        this.#feed({ kind, sttId, ...recognition });
      },
    });
    this.#recognisers.set(sttId, recogniser);
    this.#events.push({ at: this.#now, kind: 'recogniser', languages });
    const outage = this.#outageOf('recognition', '');
    if (outage !== undefined) {
      this.#heap.push(this.#now + REFUSAL_MS, () => this.#failRecogniser(sttId, outage));
    }
  }

  #recogniser(sttId: number): Recogniser {
    const recogniser = this.#recognisers.get(sttId);
    if (recogniser === undefined) throw new Error(`no recogniser ${sttId} is open`);
    return recogniser;
  }

  #ask({ requestId, model, messages }: Extract<CallOutput, { kind: 'llm-request' }>): void {
    const outage = this.#outageOf('model', model);
    const { answer } = this.#model.ask(requestId, model, messages, this.#now, outage);
    const last = messages.at(-1);
    const asked = `#${requestId} ${model}, ${last?.role ?? ''}: "${last?.content ?? ''}"`;
    this.#trace?.add(this.#now, 'llm', `${asked} -> ${answer.kind} "${answer.text}"`);
  }

  #callTool(toolCallId: string, name: string): void {
    const tookMs = this.#draws.tool.lognormal(this.#options.latencies.toolMs);
    this.#trace?.add(this.#now, 'core', `tool ${name}, ${Math.round(tookMs)} ms`);
    this.#events.push({ at: this.#now, kind: 'tool', name, tookMs });
    this.#heap.push(this.#now + tookMs, () => {
      if (this.#abortedTools.has(toolCallId)) return;
      this.#feed({ kind: 'tool-result', toolCallId, result: '{"ok":true}' });
    });
  }

  #speak(output: Extract<CallOutput, { kind: 'tts-speak' }>): void {
    this.#trace?.add(this.#now, 'tts', `${output.contextId} speak "${output.text}"`);
    const { contextId, route } = output;
    const outage = this.#outageOf('voice', route.transport);
    if (outage !== undefined) {
      const fault = { code: outage.code, message: 'scripted' };
      this.#heap.push(this.#now + REFUSAL_MS, () =>
        this.#feed({ kind: 'tts-error', contextId, route, fault }),
      );
      return;
    }
    const piece = this.#synthesis.speak(output, this.#now);
    const text = output.text.trim();
    const request = [...this.#model.requests.values()].findLast(({ answer }) =>
      answer.text.includes(text),
    );
    if (request !== undefined) this.#requestOf.set(piece, request);
  }
}

function loopOf(plan: CallPlan): { samples: Float32Array; amplitude: number } | undefined {
  const { background, backgroundDbov } = plan.surroundings;
  if (background === 'none') return undefined;
  const samples = background === 'music' ? musicSound() : televisionSound();
  return { samples, amplitude: amplitudeOf(backgroundDbov) };
}
