/** What a verb sees of the call it runs in. */

import type { CallMedia } from '../../core/call/media.ts';
import type { CallAccount } from '../call-account.ts';
import type { CallContext } from '../call-context.ts';
import type { CallStreams } from '../call-streams.ts';
import type { Log } from '../log.ts';

export interface Line {
  readonly context: CallContext;
  readonly log: Log;
  readonly account: CallAccount;
  /** The caller's audio; only verbs that need no answer run before it is open. */
  readonly media: CallMedia;
  /** The caller's channel. */
  readonly channelId: string;
  /** What relative URLs start from. */
  readonly documentUrl: string;
  readonly streams: CallStreams;
  /** Aborted when the verb must end: the caller has left, or another document takes over. */
  readonly signal: AbortSignal;
  /** Ends the call, as REST's `Status=completed` does. */
  hangUp(): void;
  /** Answers the caller, where that has not happened yet. */
  answer(): Promise<void>;
  /** Calls `listener` with every key of the caller until the returned function is called. */
  onDigit(listener: (digit: string) => void): () => void;
  /** Calls `listener` when the PBX has played something to the end. */
  onPlaybackFinished(listener: (playbackId: string) => void): () => void;
  /** Counts and logs what went wrong; the call goes on. */
  problem(error: unknown): void;
  /** Work that goes on behind the verb; the call waits for it before it ends. */
  defer(work: Promise<unknown>): void;
}
