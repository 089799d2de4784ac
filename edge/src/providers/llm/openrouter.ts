/**
 * OpenRouter through the `openai` SDK: streamed chat completions, the fastest upstream first.
 *
 * @see facts/voice-conversation.md section 6: `provider.sort`, errors in mid-stream, comment lines
 */

import OpenAI from 'openai';
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import type { Message } from '../../call/core/contract.ts';
import { END_CALL_TOOL } from '../../call/core/session.ts';
import { codeOfStatus, ProviderError } from '../error.ts';
import type { Llm, LlmEvent } from '../llm.ts';

export interface OpenRouterOptions {
  readonly apiKey: string;
  readonly url: string;
  readonly model: string;
}

const TOOLS: ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: END_CALL_TOOL,
      description:
        'Hang up. Say goodbye in the same answer; the call ends when the caller has heard it. ' +
        'Use it only when the caller is done.',
      parameters: { type: 'object', properties: {}, additionalProperties: false },
    },
  },
];

const TOKENS_MAX = 800;
const TOOL_ARGUMENTS_CHARS_MAX = 16_384;
const TOOL_CALLS_MAX = 8;

export class OpenRouterLlm implements Llm {
  readonly #client: OpenAI;
  readonly #model: string;

  constructor({ apiKey, url, model }: OpenRouterOptions) {
    // Attempts are the session's business: it knows how long the caller has been waiting.
    this.#client = new OpenAI({ apiKey, baseURL: url, maxRetries: 0 });
    this.#model = model;
  }

  async *stream(messages: readonly Message[], signal: AbortSignal): AsyncIterable<LlmEvent> {
    // `provider` and `usage` are OpenRouter's own, which the SDK's types do not know.
    const body: ChatCompletionCreateParamsStreaming & { provider: object; usage: object } = {
      model: this.#model,
      messages: [...messages],
      stream: true,
      max_tokens: TOKENS_MAX,
      tools: TOOLS,
      provider: { sort: 'latency' },
      usage: { include: true },
    };
    try {
      const calls = new ToolCalls();
      for await (const chunk of await this.#client.chat.completions.create(body, { signal })) {
        const choice = chunk.choices[0];
        if (choice?.delta?.content) yield { kind: 'text', text: choice.delta.content };
        calls.add(choice?.delta?.tool_calls ?? []);
        // @ts-expect-error 'error' is OpenRouter's own: the upstream failed after the answer had begun.
        if (choice?.finish_reason === 'error') {
          throw new ProviderError('LLM_BROKEN', 'the answer broke off');
        }
      }
      yield* calls.events();
    } catch (error) {
      throw errorOf(error);
    }
  }
}

/** Tool calls arrive in pieces: the name first, then the arguments in fragments, told apart by an index. */
class ToolCalls {
  readonly #calls = new Map<number, { name: string; argumentsJson: string }>();

  add(deltas: readonly ChatCompletionChunk.Choice.Delta.ToolCall[]): void {
    for (const delta of deltas) {
      let call = this.#calls.get(delta.index);
      if (call === undefined) {
        if (this.#calls.size >= TOOL_CALLS_MAX) return;
        call = { name: '', argumentsJson: '' };
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
  return new ProviderError(codeOfStatus('LLM', status), `the model answered ${status}`, { cause });
}
