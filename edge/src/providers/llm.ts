/** A language model as a call needs it: messages in, a stream of text and tool calls out. */

import type { Message, ToolCall } from '../call/core/contract.ts';
import type { LlmUsage } from '../call/core/llm-usage.ts';

export type LlmEvent =
  | { readonly kind: 'text'; readonly text: string }
  /** With all its arguments, however many pieces they came in. */
  | { readonly kind: 'tool-call'; readonly call: ToolCall }
  /** Once, at the end, where the provider says so. */
  | { readonly kind: 'usage'; readonly usage: LlmUsage };

export interface LlmRequest {
  readonly model: string;
  readonly messages: readonly Message[];
}

export interface Llm {
  /**
   * One answer. Ends when the model has finished, throws a `ProviderError` when it failed, at the beginning or midway.
   * An abort of `signal` ends the request upstream.
   */
  stream(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmEvent>;
}
