/** What wrangler binds: the Durable Objects of wrangler.toml, and text for everything else (`env.ts`). */

import type { CallObject } from './call/object.ts';

export interface Bindings {
  readonly CALL: DurableObjectNamespace<CallObject>;
  readonly [variable: string]: unknown;
}
