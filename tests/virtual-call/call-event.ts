/** What happened in a call beside words and audio: for the timelines. Instants are those of the edge. */

import type { TransferStatus } from '@patchcord/edge/src/call/core/contract.ts';
import type { Outage } from './outage.ts';
import type { Visit } from './plan.ts';

export type CallEvent = { readonly at: number } & (
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly code: string | undefined;
      readonly message: string;
    }
  | { readonly kind: 'tool'; readonly name: string; readonly tookMs: number }
  /** The peer stops playing, goes on, or throws away what it has still to play. */
  | { readonly kind: 'pause' | 'unpause' }
  | { readonly kind: 'clear'; readonly threwMs: number }
  | { readonly kind: 'recogniser'; readonly languages: readonly string[] }
  | { readonly kind: 'outage'; readonly outage: Outage }
  | { readonly kind: 'transfer'; readonly status: 'asked' | TransferStatus }
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'visit'; readonly visit: Visit }
  | { readonly kind: 'hang-up' | 'gives-way' }
  | { readonly kind: 'key'; readonly digit: string }
);
