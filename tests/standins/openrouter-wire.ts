/**
 * OpenRouter's messages: what a request holds, and the bodies of answers, chunks and errors.
 *
 * @see https://openrouter.ai/docs/api/reference/streaming and .../errors-and-debugging
 */
import { z } from 'zod';
import type { BrainMessage, BrainReply, BrainTool } from './brain.ts';
import { tokenise } from './brain.ts';

const contentSchema = z.union([
  z.string(),
  z.null(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);

/** The part of a chat completion request that is looked at; everything else is let through. */
export const completionRequestSchema = z.looseObject({
  model: z.string().optional(),
  models: z.array(z.string()).optional(),
  stream: z.boolean().optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema.optional() })).min(1),
  tools: z
    .array(z.looseObject({ function: z.looseObject({ name: z.string() }).optional() }))
    .optional(),
});

export type CompletionRequest = z.output<typeof completionRequestSchema>;

/** The messages as a brain sees them: text only. */
export function brainMessages(request: CompletionRequest): BrainMessage[] {
  return request.messages.map(({ role, content }) => ({
    role,
    content:
      typeof content === 'string'
        ? content
        : (content ?? []).map((part) => part.text ?? '').join(''),
  }));
}

export function brainTools(request: CompletionRequest): BrainTool[] {
  return (request.tools ?? []).flatMap((tool) =>
    tool.function === undefined ? [] : [{ name: tool.function.name }],
  );
}

/** OpenRouter's words for each status. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Invalid request',
  401: 'User not found.',
  402: 'Insufficient credits. Add more using https://openrouter.ai/settings/credits',
  403: 'Input was flagged by moderation',
  408: 'Request timed out',
  429: 'Rate limit exceeded: free-models-per-min.',
  500: 'Internal Server Error',
  502: 'Provider returned error',
  503: 'No instances available that meet the routing requirements',
};

/** Error body of an answer that is not 200. */
export function errorBody(status: number, message?: string): object {
  const isProvider = status === 429 || status === 502;
  return {
    error: {
      code: status,
      message: message ?? MESSAGES[status] ?? 'Error',
      ...(isProvider ? { metadata: { provider_name: 'Stand-in', raw: 'upstream said no' } } : {}),
    },
  };
}

/** What all answers to one request share. */
export interface Generation {
  readonly id: string;
  readonly model: string;
  readonly createdS: number;
}

type FinishReason = 'stop' | 'tool_calls' | 'error';

function chunk(generation: Generation, choices: readonly object[], extra: object = {}): object {
  return {
    id: generation.id,
    provider: 'Stand-in',
    model: generation.model,
    object: 'chat.completion.chunk',
    created: generation.createdS,
    choices,
    ...extra,
  };
}

function choice(delta: object, finishReason: FinishReason | null): object {
  return {
    index: 0,
    delta,
    finish_reason: finishReason,
    native_finish_reason: finishReason,
    logprobs: null,
  };
}

/** The chunk that begins a stream: the role and no text yet. */
export function roleChunk(generation: Generation): object {
  return chunk(generation, [choice({ role: 'assistant', content: '' }, null)]);
}

/** One chunk for each token of the reply, then those of its tool calls: the name first, arguments in parts. */
export function replyChunks(generation: Generation, reply: BrainReply): object[] {
  const text = tokenise(reply.content).map((content) =>
    chunk(generation, [choice({ role: 'assistant', content }, null)]),
  );
  const calls = (reply.toolCalls ?? []).flatMap((call, index) => {
    const json = JSON.stringify(call.arguments);
    const begin = { index, id: callId(generation, index), type: 'function' };
    const deltas = [
      { ...begin, function: { name: call.name, arguments: '' } },
      ...(json.match(/.{1,8}/gs) ?? []).map((part) => ({ index, function: { arguments: part } })),
    ];
    return deltas.map((delta) =>
      chunk(generation, [choice({ role: 'assistant', content: null, tool_calls: [delta] }, null)]),
    );
  });
  return [...text, ...calls];
}

function callId(generation: Generation, index: number): string {
  return `call_${generation.id.slice(-8)}${index}`;
}

function reasonOf(reply: BrainReply): FinishReason {
  return (reply.toolCalls ?? []).length > 0 ? 'tool_calls' : 'stop';
}

/** The chunk that ends the text, and the one after it with what it cost. */
export function endChunks(
  generation: Generation,
  request: CompletionRequest,
  reply: BrainReply,
): object[] {
  return [
    chunk(generation, [choice({ role: 'assistant', content: '' }, reasonOf(reply))]),
    chunk(generation, [], { usage: usage(request, reply) }),
  ];
}

/** The chunk by which a stream that began well says that it failed: HTTP status is 200 by then. */
export function errorChunk(generation: Generation, code: number, message: string): object {
  return chunk(generation, [choice({ role: 'assistant', content: '' }, 'error')], {
    error: { code, message, metadata: { error_type: 'provider_error', provider_name: 'Stand-in' } },
  });
}

/** The answer to a request that does not stream. */
export function completionBody(
  generation: Generation,
  request: CompletionRequest,
  reply: BrainReply,
): object {
  const calls = (reply.toolCalls ?? []).map((call, index) => ({
    index,
    id: callId(generation, index),
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  return {
    id: generation.id,
    provider: 'Stand-in',
    model: generation.model,
    object: 'chat.completion',
    created: generation.createdS,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: reply.content,
          refusal: null,
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
        finish_reason: reasonOf(reply),
        native_finish_reason: reasonOf(reply),
        logprobs: null,
      },
    ],
    usage: usage(request, reply),
  };
}

/** What is billed for an answer. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** At half a dollar in and one and a half out for a million tokens. */
  readonly costUsd: number;
}

/** What is billed for the whole of `reply`; nothing for what is no request. */
export function usageOf(body: unknown, reply: BrainReply | undefined): Usage {
  const request = completionRequestSchema.safeParse(body).data;
  if (request === undefined) return { promptTokens: 0, completionTokens: 0, costUsd: 0 };
  const promptTokens = brainMessages(request).reduce(
    (sum, message) => sum + 4 + tokenise(message.content).length,
    0,
  );
  const toolCalls = reply?.toolCalls ?? [];
  const completionTokens = tokenise(reply?.content ?? '').length + 10 * toolCalls.length;
  const costUsd = (promptTokens * 0.5 + completionTokens * 1.5) / 1e6;
  return { promptTokens, completionTokens, costUsd };
}

function usage(request: CompletionRequest, reply: BrainReply): object {
  const { promptTokens, completionTokens, costUsd } = usageOf(request, reply);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    cost: costUsd,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: 0 },
    cost_details: { upstream_inference_cost: null },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
