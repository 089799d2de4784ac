/** What wrangler binds: what wrangler.toml names, and text for everything else (`env.ts`). */

import type { CallObject } from './call/object.ts';

export interface Bindings {
  readonly CALL: DurableObjectNamespace<CallObject>;
  /** Agents and the index of calls. Calls go on without it. */
  readonly DB?: D1Database;
  readonly RECORDINGS?: R2Bucket;
  /** Phrases that have been voiced. Without it each isolate voices its own. */
  readonly CLIPS?: R2Bucket;
  readonly [variable: string]: unknown;
}
