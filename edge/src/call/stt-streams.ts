/** The recognisers of one call, by number: one at a time, but for the moment in which one takes over from another. */

import type { Stt, SttStream } from '../providers/stt.ts';
import type { CallInput, CallOutput } from './core/contract.ts';

type Open = Extract<CallOutput, { kind: 'stt-open' }>;

export class SttStreams {
  readonly #stt: Stt;
  readonly #feed: (input: CallInput) => void;
  readonly #streams = new Map<number, SttStream>();

  constructor(stt: Stt, feed: (input: CallInput) => void) {
    this.#stt = stt;
    this.#feed = feed;
  }

  open({ sttId, languages, endpoint }: Open): void {
    const stream = this.#stt.open(
      { languages, endpoint },
      {
        onHypothesis: (result) => this.#feed({ kind: 'stt-hypothesis', sttId, ...result }),
        onPhrase: (result) => this.#feed({ kind: 'stt-phrase', sttId, ...result }),
        onFault: (fault) => this.#feed({ kind: 'stt-error', sttId, fault }),
      },
    );
    this.#streams.set(sttId, stream);
  }

  push(sttId: number, mulaw: Uint8Array): void {
    this.#streams.get(sttId)?.push(mulaw);
  }

  close(sttId: number): void {
    this.#streams.get(sttId)?.close();
    this.#streams.delete(sttId);
  }

  closeAll(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }
}
