/**
 * The engine that everybody builds first, against the same contract: it waits for the provider's final phrase and 200 ms
 * more, asks one model, gives the voice whole sentences, and empties the line at any loud sound. What it sent, it believes
 * to have been heard. No openers, no fillers, no speculation, no trimming.
 */

import type { TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type {
  CallInput,
  CallOutput,
  Message,
  ToolCall,
  VoiceRoute,
} from '@patchcord/edge/src/call/core/contract.ts';
import { EnergyDetector } from './energy-detector.ts';
import type { ConversationEngine } from '../../virtual-call/engine.ts';

export interface BaselineOptions {
  readonly locale: string;
  readonly language: string;
  readonly greeting: string;
}

interface AgentTurn {
  readonly index: number;
  readonly startedAt: number;
  readonly contextId: string;
  readonly understood: string | undefined;
  readonly endOfTurnMs: number;
  /** Text that has been given to the voice. */
  text: string;
  pending: string;
  isWritten: boolean;
  isCut: boolean;
  /** Reckoned end of what was sent. */
  endsAt: number;
  hangsUp: boolean;
}

const FINAL_WAIT_MS = 200;
const BYTES_PER_MS = 8;
/** A sentence of the model's; Chinese ones need no space behind them. */
const SENTENCE = /^[\s\S]*?(?:[.!?](?=\s)|[。！？])\s*/u;
const ROUTE: VoiceRoute = { transport: 'socket', voice: 0 };

export class BaselineEngine implements ConversationEngine {
  readonly #options: BaselineOptions;
  readonly #outputs: CallOutput[] = [];
  readonly #detector = new EnergyDetector();
  readonly #clips = new Map<string, Uint8Array>();
  readonly #history: Message[] = [];
  #turns = 0;
  #requests = 0;
  #requestId: number | undefined;
  #turn: AgentTurn | undefined;
  #said = '';
  #saidAt = 0;
  #greetAt: number | undefined;
  #isClosed = false;
  /** Results that the model waits for. */
  #pendingTools = 0;
  #stepText = '';
  #calls: ToolCall[] = [];

  constructor(options: BaselineOptions) {
    this.#options = options;
  }

  handle(input: CallInput, now: number): void {
    if (this.#isClosed) return;
    switch (input.kind) {
      case 'start': {
        const { locale } = this.#options;
        this.#outputs.push({ kind: 'stt-open', sttId: 1, languages: [locale], endpoint: 0 });
        this.#greetAt = now;
        return;
      }
      case 'clip':
        this.#clips.set(input.text, input.mulaw);
        return;
      case 'media':
        this.#outputs.push({ kind: 'stt-push', sttId: 1, mulaw: input.mulaw });
        this.#detector.push(input.mulaw);
        if (this.#detector.isSpeaking && this.#isPlaying(now)) this.#cut();
        return;
      case 'stt-phrase':
        this.#said = `${this.#said} ${input.text}`.trim();
        this.#saidAt = now;
        return;
      case 'llm-text':
      case 'llm-tool-call':
      case 'llm-done':
        if (input.requestId === this.#requestId) this.#handleLlm(input, now);
        return;
      case 'tool-result':
        return this.#handleTool(input, now);
      case 'tts-audio': {
        const turn = this.#turn;
        if (turn === undefined || turn.isCut || turn.contextId !== input.contextId) return;
        this.#play(turn, input.mulaw, now);
        return;
      }
      case 'stop':
        this.#isClosed = true;
        return;
      default:
    }
  }

  poll(now: number): CallOutput {
    for (;;) {
      const output = this.#outputs.shift();
      if (output !== undefined) return output;
      if (this.#isClosed) return { kind: 'idle', wakeAt: undefined };
      if (this.#greetAt !== undefined) {
        this.#greet(now);
        continue;
      }
      const closesAt = this.#said === '' ? Infinity : this.#saidAt + FINAL_WAIT_MS;
      const hangsUpAt = this.#hangsUpAt();
      if (closesAt <= now) this.#closeTurn(now);
      else if (hangsUpAt <= now) this.#hangUp();
      else {
        const wakeAt = Math.min(closesAt, hangsUpAt);
        return { kind: 'idle', wakeAt: wakeAt === Infinity ? undefined : wakeAt };
      }
    }
  }

  #greet(now: number): void {
    this.#greetAt = undefined;
    const { greeting } = this.#options;
    const turn = this.#begin(undefined, now);
    this.#history.push({ role: 'assistant', content: greeting });
    turn.text = greeting;
    turn.isWritten = true;
    const clip = this.#clips.get(greeting);
    if (clip !== undefined) this.#play(turn, clip, now);
    else this.#speak(turn, greeting);
    this.#record(turn);
  }

  #begin(understood: string | undefined, now: number): AgentTurn {
    const index = this.#turns++;
    const turn: AgentTurn = {
      index,
      startedAt: now,
      contextId: `turn-${index}`,
      understood,
      endOfTurnMs: now - this.#detector.speechEndAt(now),
      text: '',
      pending: '',
      isWritten: false,
      isCut: false,
      endsAt: now,
      hangsUp: false,
    };
    this.#turn = turn;
    return turn;
  }

  #isPlaying(now: number): boolean {
    const turn = this.#turn;
    return turn !== undefined && !turn.isCut && turn.text !== '' && now < turn.endsAt;
  }

  #cut(): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#outputs.push({ kind: 'send-clear' });
    turn.isCut = true;
    this.#abort();
    this.#endStep(turn);
    this.#outputs.push({ kind: 'tts-close', contextId: turn.contextId, route: ROUTE });
    this.#record(turn);
  }

  #abort(): void {
    if (this.#requestId !== undefined) {
      this.#outputs.push({ kind: 'llm-abort', requestId: this.#requestId });
    }
    this.#requestId = undefined;
  }

  #closeTurn(now: number): void {
    const said = this.#said;
    this.#said = '';
    if (this.#turn !== undefined && !this.#turn.isWritten && !this.#turn.isCut) this.#cut();
    const last = this.#history.at(-1);
    if (last?.role === 'user') {
      this.#history[this.#history.length - 1] = {
        role: 'user',
        content: `${last.content} ${said}`,
      };
    } else this.#history.push({ role: 'user', content: said });
    this.#begin(said, now);
    this.#ask();
  }

  #ask(): void {
    this.#requestId = ++this.#requests;
    this.#stepText = '';
    this.#calls = [];
    this.#outputs.push({
      kind: 'llm-request',
      requestId: this.#requestId,
      model: 'primary',
      messages: [{ role: 'system', content: 'Be brief.' }, ...this.#history],
    });
  }

  #handleLlm(
    input: Extract<CallInput, { kind: 'llm-text' | 'llm-tool-call' | 'llm-done' }>,
    now: number,
  ): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    if (input.kind === 'llm-text') {
      turn.pending += input.text;
      for (;;) {
        const sentence = SENTENCE.exec(turn.pending)?.[0];
        if (sentence === undefined || sentence === '') return;
        turn.pending = turn.pending.slice(sentence.length);
        this.#say(turn, sentence);
      }
    }
    if (input.kind === 'llm-tool-call') {
      this.#calls.push(input.call);
      return;
    }
    if (turn.pending.trim() !== '') this.#say(turn, turn.pending);
    turn.pending = '';
    this.#requestId = undefined;
    this.#finishAnswer(turn, now);
  }

  #finishAnswer(turn: AgentTurn, now: number): void {
    const calls = this.#calls;
    turn.hangsUp = calls.some(({ name }) => name === 'end_call');
    const tools = calls.filter(({ name }) => name !== 'end_call');
    this.#endStep(turn, tools);
    if (tools.length > 0) {
      this.#pendingTools = tools.length;
      for (const call of tools) this.#outputs.push({ kind: 'tool-call', call });
      return;
    }
    turn.isWritten = true;
    turn.endsAt = Math.max(turn.endsAt, now);
    this.#outputs.push({ kind: 'tts-flush', contextId: turn.contextId, route: ROUTE });
    this.#record(turn);
  }

  #handleTool(input: Extract<CallInput, { kind: 'tool-result' }>, now: number): void {
    const { toolCallId, result } = input;
    this.#history.push({ role: 'tool', toolCallId, content: result });
    this.#pendingTools--;
    const turn = this.#turn;
    if (this.#pendingTools > 0 || turn === undefined || turn.isCut || turn.isWritten) return;
    turn.endsAt = Math.max(turn.endsAt, now);
    this.#ask();
  }

  #say(turn: AgentTurn, text: string): void {
    turn.text += text;
    this.#stepText += text;
    this.#speak(turn, text);
  }

  #speak({ contextId }: AgentTurn, text: string): void {
    const { language } = this.#options;
    this.#outputs.push({ kind: 'tts-speak', contextId, route: ROUTE, language, text });
  }

  #play(turn: AgentTurn, mulaw: Uint8Array, now: number): void {
    turn.endsAt = Math.max(turn.endsAt, now) + mulaw.length / BYTES_PER_MS;
    this.#outputs.push({ kind: 'send-media', mulaw });
  }

  /** What the model wrote is history, whether anybody heard it or not. */
  #endStep(turn: AgentTurn, toolCalls: readonly ToolCall[] = []): void {
    const content = this.#stepText.trim();
    this.#stepText = '';
    if (turn.understood === undefined || (content === '' && toolCalls.length === 0)) return;
    this.#history.push({
      role: 'assistant',
      content,
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    });
  }

  #hangsUpAt(): number {
    const turn = this.#turn;
    if (turn === undefined || !turn.hangsUp || turn.isCut || !turn.isWritten) return Infinity;
    // The voice may still be at it: a second of silence is the end.
    return turn.endsAt + 1000;
  }

  #hangUp(): void {
    this.#outputs.push({ kind: 'close-socket', code: 1000, reason: 'agent-hangup' });
    this.#isClosed = true;
  }

  #record(turn: AgentTurn): void {
    const text = turn.text.trim();
    const record: TurnRecord = {
      index: turn.index,
      kind: turn.understood === undefined ? 'greeting' : 'reply',
      startedAt: turn.startedAt,
      ...(turn.understood === undefined ? {} : { understood: turn.understood }),
      agent: text,
      heard: text,
      interrupted: turn.isCut,
      falseAlarms: 0,
      isSpeculative: false,
      tools: [],
      waterfallMs: { speechEnd: 0, endOfTurn: Math.round(turn.endOfTurnMs) },
      errors: [],
    };
    this.#outputs.push({ kind: 'record-turn', record });
  }
}
