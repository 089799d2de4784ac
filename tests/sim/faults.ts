import type { LinkFaults } from './lossy-link.ts';

/** Where in a call the simulated caller hangs up by itself. */
export type HangupPoint =
  | 'stasis-start'
  | 'answer'
  | 'external-media-requested'
  | 'external-media-created'
  | 'external-media-started'
  | 'bridged';

/** An answer in place of the route's own. */
export interface FailedRoute {
  readonly method: string;
  /** Matched against the path below `/ari`, such as `/channels/externalMedia`. */
  readonly path: RegExp;
  readonly status: number;
  /** How many requests fail; without it all do. */
  times?: number;
}

/**
 * What goes wrong, set and reset at any time while the PBX runs. All off at first.
 */
export class Faults {
  /** TCP connections to ARI are closed at once, as while Asterisk restarts. */
  refusesConnections = false;
  /** Every request and socket is answered 401, as after the password was changed. */
  refusesPassword = false;
  /** Each answer waits this long. */
  answerDelayMs = 0;
  failedRoutes: FailedRoute[] = [];
  /** `StasisStart` of a caller comes twice. */
  duplicatesStasisStart = false;
  /** The external-media channel's own `StasisStart` never comes. */
  swallowsExternalStart = false;
  /** From the answer to `externalMedia` until that channel is in Stasis; before, `addChannel` answers 422. */
  externalStartDelayMs = 2;
  /** The caller hangs up right there, in every call. */
  hangupAt: HangupPoint | undefined = undefined;
  /** RTP towards the external host. */
  toExternal: LinkFaults = {};
  /** RTP from the external host. */
  fromExternal: LinkFaults = {};
}
