/**
 * A call as one trace: the call, in it its turns, in each of them the stages of its waterfall and its tools.
 *
 * Nothing that was said is in it, and nobody's number. Names and attributes: docs/telemetry.md; those of `gen_ai` are
 * OpenTelemetry's conventions for generative AI, as of version 1.45.
 */

import { isSid } from '@patchcord/shared/twilio/sid';
import type { AnswerTrace, TurnRecord } from '../call/core/call-record.ts';
import type { Stage } from '../call/core/records/latency.ts';
import {
  attributesOf,
  resourceOf,
  SCOPE,
  seconds,
  SPAN_KIND,
  STATUS_ERROR,
  unixNano,
  type AttributeValue,
  type Span,
  type SpanEvent,
  type TraceRequest,
} from './otlp.ts';
import {
  responseMs,
  stagesOf,
  toolName,
  traceOfTurn,
  type LoggedEvent,
  type TelemeteredCall,
} from './telemetered-call.ts';
import { spanIdOf, traceIdOf } from './trace-context.ts';

export const LLM_PROVIDER = 'openrouter';

/** Of the log, on the span of the call. */
const EVENTS_MAX = 128;

/** Part of a span that is always said in the same way. */
interface Part {
  readonly path: string;
  readonly name: string;
  readonly kind?: number;
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly events?: readonly SpanEvent[];
  /** A stable code, or `_OTHER`. */
  readonly errorType?: string | undefined;
}

export function callTrace(source: TelemeteredCall): TraceRequest {
  const spans = new CallTrace(source).spans();
  return {
    resourceSpans: [
      { resource: resourceOf(source.serviceName), scopeSpans: [{ scope: SCOPE, spans }] },
    ],
  };
}

class CallTrace {
  readonly #source: TelemeteredCall;
  readonly #traceId: string;
  /** Spans of this stream of the call: another one may follow in the same trace. */
  readonly #root: string;
  /** Lines of the log that belong to no turn that was found for them. */
  readonly #events: LoggedEvent[];
  readonly #conversationId: string;

  constructor(source: TelemeteredCall) {
    const { call, parent, events } = source;
    this.#source = source;
    this.#traceId = parent?.traceId ?? traceIdOf(call.callSid);
    this.#root = `${call.callSid} ${call.streamSid}`;
    // What is no SID may be anything.
    this.#conversationId = isSid('CA', call.callSid) ? call.callSid : this.#traceId;
    this.#events = events.filter(({ code, event }) => code !== undefined || event === 'circuit');
  }

  spans(): Span[] {
    const { call, turns, parent } = this.#source;
    const rootId = spanIdOf(this.#traceId, this.#root);
    const children = turns.flatMap((turn) => this.#turn(turn, rootId));
    const { status, endReason } = call;
    const root = this.#span(
      {
        path: this.#root,
        name: 'call',
        kind: SPAN_KIND.server,
        startAt: call.startedAt,
        endAt: call.endedAt ?? call.startedAt,
        attributes: this.#callAttributes(),
        events: this.#events.slice(-EVENTS_MAX).map(eventOf),
        errorType: status === 'failed' ? (endReason ?? '_OTHER') : undefined,
      },
      parent?.spanId,
    );
    return [around(root, children), ...children];
  }

  #callAttributes(): Record<string, AttributeValue> {
    const { call, agentName, turns } = this.#source;
    const { consumption } = call;
    return {
      'gen_ai.conversation.id': this.#conversationId,
      'gen_ai.agent.name': agentName,
      // Of an agent in the database.
      'gen_ai.agent.version': call.agent === undefined ? undefined : String(call.agent.version),
      'patchcord.call.status': call.status,
      'patchcord.call.end_reason': call.endReason,
      'patchcord.call.language': call.language,
      'patchcord.call.turns': turns.length,
      'patchcord.stt.seconds': consumption?.sttSeconds,
      'patchcord.tts.characters': consumption?.ttsCharacters,
    };
  }

  #turn(turn: TurnRecord, rootId: string): Span[] {
    const { kind, index } = turn;
    const { endedAt, hasFailed, waterfallAt } = traceOfTurn(turn);
    const path = `${this.#root}/turn ${index}`;
    const id = spanIdOf(this.#traceId, path);
    const children = this.#parts(turn, path).map((part) => this.#span(part, id));
    const span = this.#span(
      {
        path,
        name: `turn ${kind}`,
        startAt: Math.min(waterfallAt, turn.startedAt),
        endAt: Math.max(waterfallAt, turn.startedAt, endedAt),
        attributes: turnAttributes(turn),
        events: turn.errors.map(({ code }) => this.#faultOf(code, turn)),
        errorType: hasFailed ? (turn.errors.at(-1)?.code ?? '_OTHER') : undefined,
      },
      rootId,
    );
    return [around(span, children), ...children];
  }

  #parts(turn: TurnRecord, path: string): Part[] {
    const at = stagesOf(turn);
    const between = (name: string, from: Stage, to: Stage, kind: number): Part[] => {
      const [startAt, endAt] = [at.get(from), at.get(to)];
      if (startAt === undefined || endAt === undefined) return [];
      return [{ path: `${path}/${name}`, name, kind, startAt, endAt }];
    };
    return [
      ...between('end_of_turn', 'speechEnd', 'endOfTurn', SPAN_KIND.internal),
      ...this.#answers(turn, path),
      ...between('text_to_speech', 'firstClause', 'ttsFirstAudio', SPAN_KIND.client),
      ...between('playout', 'firstFrameSent', 'firstFrameHeard', SPAN_KIND.internal),
      ...toolParts(turn, path),
    ];
  }

  #answers(turn: TurnRecord, path: string): Part[] {
    const { answers, endedAt } = traceOfTurn(turn);
    const fault = turn.errors.find(({ code }) => code.startsWith('LLM_'))?.code;
    return answers.map((answer, i) => {
      const { model, requestedAt, firstTokenAt, lastTokenAt } = answer;
      const nextAt = answers[i + 1]?.requestedAt ?? endedAt;
      return {
        path: `${path}/chat ${i}`,
        name: model === undefined ? 'chat' : `chat ${model}`,
        kind: SPAN_KIND.client,
        startAt: requestedAt,
        endAt: lastTokenAt ?? nextAt,
        attributes: {
          ...answerAttributes(answer),
          'gen_ai.conversation.id': this.#conversationId,
          'gen_ai.response.time_to_first_chunk':
            firstTokenAt === undefined ? undefined : seconds(firstTokenAt - requestedAt),
        },
        // Given up with the turn, or with no fault of its own, is no error.
        errorType: model === undefined ? fault : undefined,
      };
    });
  }

  /** A fault of a turn, when the log has it; else at the turn's end. */
  #faultOf(code: string, turn: TurnRecord): SpanEvent {
    const { endedAt } = traceOfTurn(turn);
    const place = this.#events.findIndex(
      (line) => line.code === code && line.event === 'turn-fault' && line.at >= turn.startedAt,
    );
    const [line] = place < 0 ? [] : this.#events.splice(place, 1);
    return eventOf({ event: 'fault', code, at: Math.min(line?.at ?? endedAt, endedAt) });
  }

  #span(part: Part, parentSpanId: string | undefined): Span {
    const { path, name, kind = SPAN_KIND.internal, startAt, endAt, errorType } = part;
    const attributes = { ...part.attributes, 'error.type': errorType };
    return {
      traceId: this.#traceId,
      spanId: spanIdOf(this.#traceId, path),
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      name,
      kind,
      startTimeUnixNano: unixNano(startAt),
      endTimeUnixNano: unixNano(Math.max(startAt, endAt)),
      attributes: attributesOf(attributes),
      events: part.events ?? [],
      ...(errorType === undefined ? {} : { status: { code: STATUS_ERROR, message: errorType } }),
    };
  }
}

function turnAttributes(turn: TurnRecord): Record<string, AttributeValue> {
  return {
    'patchcord.turn.index': turn.index,
    'patchcord.turn.kind': turn.kind,
    'patchcord.turn.interrupted': turn.interrupted,
    'patchcord.turn.false_alarms': turn.falseAlarms,
    'patchcord.turn.speculative': turn.isSpeculative,
    'patchcord.turn.opener': turn.opener !== undefined,
    'patchcord.turn.response_ms': responseMs(turn),
    'patchcord.turn.characters': turn.agent.length,
    'patchcord.turn.characters_heard': turn.heard.length,
  };
}

/** By the conventions for a request to a model. Tokens: of all requests that the answer took. */
function answerAttributes({ model, usages }: AnswerTrace): Record<string, AttributeValue> {
  const sum = (pick: (usage: AnswerTrace['usages'][number]) => number): number | undefined =>
    usages.length === 0 ? undefined : usages.reduce((total, usage) => total + pick(usage), 0);
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': LLM_PROVIDER,
    'gen_ai.request.model': model,
    'gen_ai.output.type': 'text',
    'gen_ai.usage.input_tokens': sum(({ promptTokens }) => promptTokens),
    'gen_ai.usage.output_tokens': sum(({ completionTokens }) => completionTokens),
  };
}

function toolParts(turn: TurnRecord, path: string): Part[] {
  const { toolsAt, endedAt } = traceOfTurn(turn);
  return turn.tools.flatMap((tool, i) => {
    const startAt = toolsAt[i];
    if (startAt === undefined) return [];
    const { result, tookMs } = tool;
    const name = toolName(tool);
    return [
      {
        path: `${path}/tool ${i}`,
        name: `execute_tool ${name}`,
        startAt,
        endAt: tookMs === undefined ? endedAt : startAt + tookMs,
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': name,
          'gen_ai.tool.type': 'function',
        },
        errorType: result?.startsWith('error:') === true ? '_OTHER' : undefined,
      },
    ];
  });
}

function eventOf({ at, event, code }: LoggedEvent): SpanEvent {
  return {
    timeUnixNano: unixNano(at),
    name: event,
    attributes: attributesOf({ 'error.type': code }),
  };
}

/** As long as all of what is in it: tools may run on, and a turn may begin with the caller's last sound. */
function around(span: Span, children: readonly Span[]): Span {
  const starts = [span, ...children].map((each) => BigInt(each.startTimeUnixNano));
  const ends = [span, ...children].map((each) => BigInt(each.endTimeUnixNano));
  const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a < b ? a : b));
  const most = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));
  return {
    ...span,
    startTimeUnixNano: String(least(starts)),
    endTimeUnixNano: String(most(ends)),
  };
}
