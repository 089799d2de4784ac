/** What calls use beside the PBX: callbacks, the store, audio, a voice, and the leave to dial. */

import { join } from 'node:path';
import type { Config } from '../config.ts';
import { describeError, type RelayError } from '../core/error.ts';
import { AudioDecoder } from './audio/audio-decoder.ts';
import { AudioLibrary } from './audio/audio-library.ts';
import { Synthesizer } from './audio/synthesizer.ts';
import type { Counters } from './counters.ts';
import type { Log } from './log.ts';
import { Outbound } from './outbound.ts';
import { CallStore } from './store/call-store.ts';
import { CallbackQueue } from './webhook/callback-queue.ts';

export interface Services {
  readonly decoder: AudioDecoder;
  readonly store: CallStore;
  readonly callbacks: CallbackQueue;
  readonly audio: AudioLibrary;
  readonly synthesizer: Synthesizer;
  readonly outbound: Outbound;
}

/** Opens all of them. Throws `STORE_UNUSABLE` where the data directory cannot be used. */
export function openServices(config: Config, counters: Counters, log: Log): Services {
  const { authToken, dataDirectory } = config;
  const report = (error: RelayError): void => {
    counters.error(error.code);
    log.error({ code: error.code }, describeError(error));
  };
  const decoder = new AudioDecoder();
  return {
    decoder,
    store: CallStore.open(dataDirectory, { report }),
    callbacks: new CallbackQueue({ authToken, counters, log }),
    audio: new AudioLibrary({ decoder }),
    synthesizer: new Synthesizer({
      engine: config.say,
      cacheDirectory: join(dataDirectory, 'say'),
      decoder,
      log,
    }),
    outbound: new Outbound(config.outbound),
  };
}
