/** What all calls of one relay share. */

import type { PortPool } from '../core/port-pool.ts';
import type { Config } from '../config.ts';
import type { ChannelRegistry } from './ari/channel-registry.ts';
import type { AriHttp } from './ari/http.ts';
import type { Counters } from './counters.ts';
import type { Log } from './log.ts';
import type { MediaClock } from './media-clock.ts';
import type { Services } from './services.ts';

export interface CallContext {
  readonly config: Config;
  readonly services: Services;
  readonly clock: MediaClock;
  readonly ports: PortPool;
  readonly channels: ChannelRegistry;
  readonly counters: Counters;
  readonly log: Log;
  /** The client while Asterisk is connected; throws `ARI_LOST` otherwise. */
  ari(): AriHttp;
  /** An RTP port for one more party; undefined at the cap and while the relay stops. */
  takePort(): number | undefined;
}
