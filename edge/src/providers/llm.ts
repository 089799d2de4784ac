/** A language model as a call needs it: messages in, a stream of text and tool calls out. */

import type { Message, ToolCall } from '../call/core/contract.ts';

export type LlmEvent =
  | { readonly kind: 'text'; readonly text: string }
  /** With all its arguments, however many pieces they came in. */
  | { readonly kind: 'tool-call'; readonly call: ToolCall };

export interface Llm {
  /**
   * One answer. Ends when the model has finished, throws a `ProviderError` when it failed, at the beginning or midway.
   * An abort of `signal` ends the request upstream.
   */
  stream(messages: readonly Message[], signal: AbortSignal): AsyncIterable<LlmEvent>;
}
