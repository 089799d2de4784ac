/**
 * OpenRouter through the `openai` SDK: streamed chat completions, the fastest upstream first.
 *
 * @see facts/voice-conversation.md section 6: `provider.sort`, errors in mid-stream, comment lines
 */

import OpenAI from 'openai';
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { Message } from '../../call/core/contract.ts';
import type { LlmUsage } from '../../call/core/llm-usage.ts';
import type { LlmPlan, ToolDefinition } from '../../call/plan.ts';
import { codeOfStatus, ProviderError } from '../error.ts';
import type { Llm, LlmEvent, LlmRequest } from '../llm.ts';

export interface OpenRouterOptions {
  readonly apiKey: string;
  readonly url: string;
  readonly plan: LlmPlan;
  /** Tools besides those of the plan; asked for at each request. Never rejects. */
  readonly moreTools?: () => Promise<readonly ToolDefinition[]>;
}

const TOOL_ARGUMENTS_CHARS_MAX = 16_384;
const TOOL_CALLS_MAX = 8;

export class OpenRouterLlm implements Llm {
  readonly #client: OpenAI;
  readonly #plan: LlmPlan;
  readonly #moreTools: (() => Promise<readonly ToolDefinition[]>) | undefined;

  constructor({ apiKey, url, plan, moreTools }: OpenRouterOptions) {
    // Attempts are the session's business: it knows how long the caller has been waiting.
    this.#client = new OpenAI({ apiKey, baseURL: url, maxRetries: 0 });
    this.#plan = plan;
    this.#moreTools = moreTools;
  }

  async *stream({ model, messages }: LlmRequest, signal: AbortSignal): AsyncIterable<LlmEvent> {
    const { tokensMax, temperature } = this.#plan;
    const tools = [...this.#plan.tools, ...((await this.#moreTools?.()) ?? [])];
    // `provider` and `usage` are OpenRouter's own, which the SDK's types do not know.
    const body: ChatCompletionCreateParamsStreaming & { provider: object; usage: object } = {
      model,
      messages: messages.map(paramOf),
      stream: true,
      max_tokens: tokensMax,
      ...(temperature === undefined ? {} : { temperature }),
      ...(tools.length === 0 ? {} : { tools: tools.map(toolOf) }),
      provider: { sort: 'latency' },
      usage: { include: true },
    };
    try {
      const calls = new ToolCalls();
      let usage: LlmUsage | undefined;
      for await (const chunk of await this.#client.chat.completions.create(body, { signal })) {
        const choice = chunk.choices[0];
        if (choice?.delta?.content) yield { kind: 'text', text: choice.delta.content };
        calls.add(choice?.delta?.tool_calls ?? []);
        if (chunk.usage) usage = usageOf(chunk.usage);
        // @ts-expect-error 'error' is OpenRouter's own: the upstream failed after the answer had begun.
        if (choice?.finish_reason === 'error') {
          throw new ProviderError('LLM_BROKEN', 'the answer broke off');
        }
      }
      yield* calls.events();
      if (usage !== undefined) yield { kind: 'usage', usage };
    } catch (error) {
      throw errorOf(error);
    }
  }
}

/** Tool calls arrive in pieces: the name first, then the arguments in fragments, told apart by an index. */
class ToolCalls {
  readonly #calls = new Map<number, { id: string; name: string; argumentsJson: string }>();

  add(deltas: readonly ChatCompletionChunk.Choice.Delta.ToolCall[]): void {
    for (const delta of deltas) {
      let call = this.#calls.get(delta.index);
      if (call === undefined) {
        if (this.#calls.size >= TOOL_CALLS_MAX) return;
        call = { id: delta.id ?? `call-${delta.index}`, name: '', argumentsJson: '' };
        this.#calls.set(delta.index, call);
      }
      call.name += delta.function?.name ?? '';
      call.argumentsJson += delta.function?.arguments ?? '';
      if (call.argumentsJson.length > TOOL_ARGUMENTS_CHARS_MAX) {
        throw new ProviderError('LLM_BROKEN', 'the arguments of a tool call do not end');
      }
    }
  }

  events(): LlmEvent[] {
    return [...this.#calls.values()].map((call) => ({ kind: 'tool-call', call }));
  }
}

function paramOf(message: Message): ChatCompletionMessageParam {
  if (message.role === 'tool') {
    return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  }
  const { role, content } = message;
  if (message.role !== 'assistant' || message.toolCalls === undefined) return { role, content };
  return {
    role: 'assistant',
    content,
    tool_calls: message.toolCalls.map(({ id, name, argumentsJson }) => ({
      id,
      type: 'function',
      function: { name, arguments: argumentsJson },
    })),
  };
}

function toolOf({ name, description, parameters }: ToolDefinition): ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}

/** OpenRouter adds what the request has cost, in US dollars. */
function usageOf(usage: CompletionUsage & { readonly cost?: unknown }): LlmUsage {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens, cost } = usage;
  if (typeof cost !== 'number') return { promptTokens, completionTokens };
  return { promptTokens, completionTokens, costMicros: Math.round(cost * 1_000_000) };
}

function errorOf(cause: unknown): ProviderError {
  if (cause instanceof ProviderError) return cause;
  if (cause instanceof OpenAI.APIConnectionError) {
    return new ProviderError('LLM_UNAVAILABLE', 'no connection to the model', { cause });
  }
  if (!(cause instanceof OpenAI.APIError)) {
    return new ProviderError('LLM_BROKEN', 'the answer broke off', { cause });
  }
  // An error in mid-stream has no HTTP status but a number in `code`.
  const status = typeof cause.status === 'number' ? cause.status : Number(cause.code);
  if (!Number.isInteger(status)) {
    return new ProviderError('LLM_BROKEN', 'the answer broke off', { cause });
  }
  // OpenRouter: the model's moderation has flagged what was said. That is no fault of the key's.
  const code = status === 403 ? 'LLM_BAD_REQUEST' : codeOfStatus('LLM', status);
  const retryAfterMs = retryAfterMsOf(cause.headers);
  return new ProviderError(code, `the model answered ${status}`, { cause, retryAfterMs });
}

/** Seconds; the other form, an instant, no provider of models uses. */
function retryAfterMsOf(headers: Headers | undefined): number | undefined {
  const seconds = headers?.get('Retry-After') ?? '';
  return /^[0-9]{1,6}$/u.test(seconds) ? Number(seconds) * 1000 : undefined;
}
