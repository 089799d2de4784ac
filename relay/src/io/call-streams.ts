/**
 * The one-way streams of a call, which `<Start>` and REST begin beside whatever verb runs.
 *
 * @see facts sections 4 and 5; at most four tracks a call (D3)
 */

import type { StreamRecord } from '@patchcord/shared/twilio/call-record';
import type { StreamSpec } from '../core/twiml/step.ts';
import type { CallMedia } from '../core/call/media.ts';
import { RelayError } from '../core/error.ts';
import type { CallAccount } from './call-account.ts';
import type { CallContext } from './call-context.ts';
import { LiveStream } from './live-stream.ts';
import type { Log } from './log.ts';

const TRACKS_MAX = 4;

export interface CallStreamsOptions {
  readonly context: CallContext;
  readonly account: CallAccount;
  readonly log: Log;
  readonly media: CallMedia;
}

interface Running {
  readonly stream: LiveStream;
  readonly tracks: number;
  readonly giveUp: AbortController;
}

export class CallStreams {
  readonly #options: CallStreamsOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: CallStreamsOptions) {
    this.#options = options;
  }

  /** Begins to connect, and answers at once, as Twilio does. Throws `STREAM_TRACKS_MANY` and `STREAM_NAME_TAKEN`. */
  start(spec: StreamSpec, documentUrl: string): StreamRecord {
    const tracks = spec.track === 'both_tracks' ? 2 : 1;
    const all = [...this.#running.values()];
    if (all.reduce((sum, each) => sum + each.tracks, tracks) > TRACKS_MAX) {
      throw new RelayError('STREAM_TRACKS_MANY', `a call has at most ${TRACKS_MAX} stream tracks`);
    }
    if (spec.name !== undefined && all.some(({ stream }) => stream.name === spec.name)) {
      throw new RelayError('STREAM_NAME_TAKEN', `the call has a stream ${spec.name} already`);
    }
    const { context, account, log, media } = this.#options;
    const stream = new LiveStream({
      context,
      account,
      log,
      spec,
      mode: 'unidirectional',
      documentUrl,
    });
    const giveUp = new AbortController();
    this.#running.set(stream.sid, { stream, tracks, giveUp });
    const { session } = stream;
    const leave = (): void => {
      media.removeListener(session);
      media.removeHeardListener(session);
      this.#running.delete(stream.sid);
    };
    void stream.open(giveUp.signal).then((isOpen) => {
      if (!isOpen) return leave();
      if (session.identity.tracks.includes('inbound')) media.addListener(session);
      if (session.identity.tracks.includes('outbound')) media.addHeardListener(session);
      void stream.ended.then(leave);
    });
    return stream.record('in-progress');
  }

  /** Ends one by its SID or name; undefined where there is none. */
  stop(sidOrName: string): StreamRecord | undefined {
    for (const { stream, giveUp } of this.#running.values()) {
      if (stream.sid !== sidOrName && stream.name !== sidOrName) continue;
      giveUp.abort();
      stream.stop();
      return stream.record('stopped');
    }
    return undefined;
  }

  stopAll(): void {
    for (const { stream, giveUp } of this.#running.values()) {
      giveUp.abort();
      stream.stop();
    }
  }
}
