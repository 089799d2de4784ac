/**
 * The ways to a voice in the order in which they are tried: each voice over its socket, then over HTTP, then the next
 * voice. What failed twice in a row is not tried again in this call.
 */

import type { VoiceRoute } from '../contract.ts';
import { isFinalFault, type FaultCode } from '../faults.ts';

const FAILURES_MAX = 2;

interface Way {
  readonly route: VoiceRoute;
  failures: number;
}

/** In the order in which they are tried. */
export function voiceWays(voices: number): readonly VoiceRoute[] {
  return Array.from({ length: voices }, (_, voice) =>
    (['socket', 'http'] as const).map((transport) => ({ transport, voice })),
  ).flat();
}

export class VoiceRoutes {
  readonly #ways: readonly Way[];
  /** Nothing helps: the account is refused. */
  #isClosed = false;

  constructor(voices: number) {
    this.#ways = voiceWays(voices).map((route) => ({ route, failures: 0 }));
  }

  /** The way a new utterance goes; undefined when all are given up. */
  get first(): VoiceRoute | undefined {
    return this.#isClosed ? undefined : this.#ways.find(isOpen)?.route;
  }

  succeed(route: VoiceRoute): void {
    const way = this.#wayOf(route);
    if (way !== undefined) way.failures = 0;
  }

  /** `route` failed in the middle of an utterance: the next way to try, undefined when there is none. */
  fail(route: VoiceRoute, code: FaultCode): VoiceRoute | undefined {
    if (isFinalFault(code) && code !== 'TTS_BAD_REQUEST') this.#isClosed = true;
    const way = this.#wayOf(route);
    if (way === undefined || this.#isClosed) return undefined;
    // What the socket refuses HTTP may take, as some models are not to be had on sockets; asking again does not help.
    way.failures = code === 'TTS_BAD_REQUEST' ? FAILURES_MAX : way.failures + 1;
    const from = this.#ways.indexOf(way) + 1;
    const next = this.#ways.slice(from).find(isOpen);
    // What was silent once takes the caller's time again; what was refused at once may have been unlucky.
    if (next !== undefined || code === 'TTS_TIMEOUT') return next?.route;
    return this.#ways.find(isOpen)?.route;
  }

  /** `route` was not even asked: its circuit is open, and closes again. The next way to try, undefined when there is none. */
  pass(route: VoiceRoute): VoiceRoute | undefined {
    const way = this.#wayOf(route);
    if (way === undefined || this.#isClosed) return undefined;
    return this.#ways.slice(this.#ways.indexOf(way) + 1).find(isOpen)?.route;
  }

  /** How many ways are left if `route` fails. */
  after(route: VoiceRoute): number {
    const way = this.#wayOf(route);
    if (way === undefined || this.#isClosed) return 0;
    return this.#ways.slice(this.#ways.indexOf(way) + 1).filter(isOpen).length;
  }

  #wayOf(route: VoiceRoute): Way | undefined {
    return this.#ways.find(
      (way) => way.route.transport === route.transport && way.route.voice === route.voice,
    );
  }
}

function isOpen({ failures }: Way): boolean {
  return failures < FAILURES_MAX;
}
