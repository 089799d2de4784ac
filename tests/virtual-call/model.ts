/**
 * The language model: answers what it was asked from the script of the call. It knows nothing but the messages: the script's
 * answer where the last message of the caller holds most of the words of a turn, a short one where it holds part of it, and
 * "could you repeat" where it holds nothing of it.
 */

import type { CallInput, Message, ToolCall } from '@patchcord/edge/src/call/core/contract.ts';
import type { Draws } from './draws.ts';
import type { Latencies } from './latencies.ts';
import type { Outage } from './outage.ts';
import type { PlannedTurn } from './plan.ts';
import type { Script } from './scripts/script.ts';
import { commonWords, plainWords } from './words.ts';

/** Whether the answer is that of the script. */
export type AnswerKind = 'scripted' | 'part' | 'nothing' | 'hello';

export interface ModelAnswer {
  readonly kind: AnswerKind;
  readonly text: string;
  readonly toolCall?: ToolCall;
}

export interface ModelRequest {
  readonly requestId: number;
  readonly at: number;
  readonly model: string;
  readonly messages: readonly Message[];
  readonly answer: ModelAnswer;
  readonly promptTokens: number;
  completionTokens: number;
  abortedAt: number | undefined;
}

type LlmInput = Extract<CallInput, { requestId: number }>;

export interface ModelPorts {
  readonly script: Script;
  readonly draws: Draws;
  readonly latencies: Latencies;
  schedule(at: number, run: () => void): void;
  answer(input: LlmInput): void;
  /** Turns the caller has begun to say. */
  turnsBegun(): readonly PlannedTurn[];
}

/** A refusal needs no thought. */
const REFUSAL_MS = 80;
export const FULL_COVERAGE = 0.7;
export const PART_COVERAGE = 0.25;
/** Turns back that are looked at. */
const TURNS_BACK = 3;

export class Model {
  readonly #ports: ModelPorts;
  readonly requests = new Map<number, ModelRequest>();
  #toolCalls = 0;

  constructor(ports: ModelPorts) {
    this.#ports = ports;
  }

  /** With `outage` it refuses, or breaks off. */
  ask(
    requestId: number,
    model: string,
    messages: readonly Message[],
    now: number,
    outage?: Outage,
  ): ModelRequest {
    const answer = this.#compose(messages);
    const request: ModelRequest = {
      requestId,
      at: now,
      model,
      messages: [...messages],
      answer,
      promptTokens: messages.reduce((sum, { content }) => sum + tokensOf(content).length + 4, 0),
      completionTokens: 0,
      abortedAt: undefined,
    };
    this.requests.set(requestId, request);
    this.#speak(request, now, outage);
    return request;
  }

  abort(requestId: number, now: number): void {
    const request = this.requests.get(requestId);
    if (request !== undefined) request.abortedAt ??= now;
  }

  #speak(request: ModelRequest, now: number, outage: Outage | undefined): void {
    const { draws, latencies } = this.#ports;
    const { requestId, answer } = request;
    const send = (at: number, input: LlmInput, tokens = 0): void =>
      this.#ports.schedule(at, () => {
        if (request.abortedAt !== undefined) return;
        request.completionTokens += tokens;
        this.#ports.answer(input);
      });
    let at = now + draws.lognormal(latencies.firstTokenMs);
    const tokens = tokensOf(answer.text);
    const tokensMax = outage === undefined ? tokens.length : (outage.afterTokens ?? 0);
    if (tokensMax === 0) at = now + REFUSAL_MS;
    for (const text of tokens.slice(0, tokensMax)) {
      send(at, { kind: 'llm-text', requestId, text }, 1);
      at += latencies.tokenMs;
    }
    if (outage !== undefined) {
      const fault = { code: outage.code, message: 'scripted' };
      return send(at, { kind: 'llm-error', requestId, fault });
    }
    if (answer.toolCall !== undefined) {
      at += 12 * latencies.tokenMs;
      send(at, { kind: 'llm-tool-call', requestId, call: answer.toolCall }, 12);
    }
    this.#ports.schedule(at, () => {
      if (request.abortedAt !== undefined) return;
      const { promptTokens, completionTokens } = request;
      this.#ports.answer({
        kind: 'llm-usage',
        requestId,
        usage: { promptTokens, completionTokens },
      });
      this.#ports.answer({ kind: 'llm-done', requestId });
    });
  }

  /** After the beginning of an answer that another model gave, the rest of it. */
  #compose(messages: readonly Message[]): ModelAnswer {
    const answer = this.#answerTo(messages);
    const begun = messages.at(-1)?.role === 'system' ? messages.at(-2) : undefined;
    const beginning = begun?.role === 'assistant' ? begun.content.trim() : '';
    const isBegun = beginning !== '' && answer.text.startsWith(beginning);
    return isBegun ? { ...answer, text: answer.text.slice(beginning.length) } : answer;
  }

  #answerTo(messages: readonly Message[]): ModelAnswer {
    const { script, draws } = this.#ports;
    const said = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    const isAfterTool = messages.at(-1)?.role === 'tool';
    const heard = comparable(said, script);
    const turns = this.#ports.turnsBegun().slice(-TURNS_BACK).toReversed();
    let part = false;
    for (const turn of turns) {
      const coverage = coverageOf(comparable(turn.said.text, script), heard);
      if (coverage >= FULL_COVERAGE) return this.#scripted(turn, isAfterTool);
      if (coverage >= PART_COVERAGE) part = true;
      // Half of the latest turn is more than all of the one before.
      if (part) break;
    }
    if (part) return { kind: 'part', text: draws.pick(script.answersToPart) };
    const isHello = isOneOf(heard, [script.hello, ...script.backchannels], script);
    if (isHello) return { kind: 'hello', text: draws.pick(script.answersToHello) };
    return { kind: 'nothing', text: draws.pick(script.answersToNothing) };
  }

  #scripted(turn: PlannedTurn, isAfterTool: boolean): ModelAnswer {
    const { agent, tool, afterTool, isLast } = turn.script;
    if (isAfterTool && afterTool !== undefined) return { kind: 'scripted', text: afterTool };
    const name = isLast === true ? 'end_call' : tool;
    if (name === undefined) return { kind: 'scripted', text: agent };
    const id = `call_${++this.#toolCalls}`;
    return { kind: 'scripted', text: agent, toolCall: { id, name, argumentsJson: '{}' } };
  }
}

function isOneOf(heard: readonly string[], texts: readonly string[], script: Script): boolean {
  const line = heard.join(' ');
  return texts.some((text) => comparable(text, script).join(' ') === line);
}

/** Part of the turn's words that are, in order, in the message. */
export function coverageOf(turn: readonly string[], heard: readonly string[]): number {
  if (turn.length === 0) return 0;
  // What is long past in the message is no part of the turn.
  const tail = heard.slice(-(turn.length + 12));
  return commonWords(turn, tail) / turn.length;
}

/** Plain words; digits one by one, whether they were written as digits or as words. */
export function comparable(text: string, script: Script): string[] {
  return plainWords(text).flatMap((word) => {
    const digit = script.digits.indexOf(word);
    if (digit >= 0) return [String(digit)];
    return /^\d+$/u.test(word) ? Array.from(word) : [word];
  });
}

/** About four letters, or one to two Chinese characters. */
export function tokensOf(text: string): string[] {
  return text.match(/\p{Script=Han}{1,2}|\s?(?:(?!\p{Script=Han})\S){1,5}|\s+/gu) ?? [];
}
