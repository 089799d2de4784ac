/** What the world needs of a conversation engine. */

import type { CallInput, CallOutput } from '@patchcord/edge/src/call/core/contract.ts';

export interface ConversationEngine {
  handle(input: CallInput, now: number): void;
  /** Until it answers `idle`. */
  poll(now: number): CallOutput;
}
