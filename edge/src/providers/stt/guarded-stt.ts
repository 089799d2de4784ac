/**
 * Speech recognition behind a circuit for each of its regions.
 *
 * A stream that has understood anything shows that its region is well; one that is closed before that says nothing, for the
 * caller may have been silent.
 */

import type { Breaker, Endpoint } from '../breaker.ts';
import type { Stt, SttListener, SttRequest, SttStream } from '../stt.ts';

const REFUSED: SttStream = { push: () => undefined, close: () => undefined };

export class GuardedStt implements Stt {
  readonly #stt: Stt;
  readonly #breaker: Breaker;
  readonly #endpoints: readonly Endpoint[];

  /** `endpoints`: in the order in which they are tried. */
  constructor(stt: Stt, breaker: Breaker, endpoints: readonly { readonly url: URL }[]) {
    this.#stt = stt;
    this.#breaker = breaker;
    this.#endpoints = endpoints.map(({ url }) => ({ name: url.host, key: url.origin }));
  }

  open(request: SttRequest, listener: SttListener): SttStream {
    const endpoint = this.#endpoints[request.endpoint];
    if (endpoint === undefined) return this.#stt.open(request, listener);
    const others = this.#endpoints.slice(request.endpoint + 1);
    const begun = this.#breaker.begin(endpoint, others);
    if (begun === undefined) {
      const fault = this.#breaker.refusal(endpoint);
      queueMicrotask(() => listener.onFault(fault));
      return REFUSED;
    }
    let attempt = begun;
    const stream = this.#stt.open(request, {
      onHypothesis: (recognition) => {
        attempt.succeed();
        listener.onHypothesis(recognition);
      },
      onPhrase: (recognition) => {
        attempt.succeed();
        listener.onPhrase(recognition);
      },
      onFault: (fault) => {
        if (attempt.isSettled) attempt = attempt.renew();
        attempt.fail(fault);
        listener.onFault(fault);
      },
    });
    return {
      push: (mulaw) => stream.push(mulaw),
      close: () => {
        attempt.abandon();
        stream.close();
      },
    };
  }
}
