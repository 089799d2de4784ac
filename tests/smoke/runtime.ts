/** Starts the smoke checks' Worker in workerd, with the compatibility date that the edge is deployed with. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EDGE_CONFIG = new URL('../../edge/wrangler.toml', import.meta.url);

/** wrangler reports home otherwise, and asks Cloudflare for a request's properties. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_LOG: 'none',
  WRANGLER_HIDE_BANNER: 'true',
} as const;

export interface Runtime {
  /** POSTs to the Worker; answers its response when that has status 200, throws otherwise. */
  post(path: string, body?: Uint8Array<ArrayBuffer>): Promise<Response>;
  stop(): Promise<void>;
}

/** `vars` are the edge's variables, keys among them. They go to workerd in memory, not through a file or an argument. */
export async function startRuntime(vars: Readonly<Record<string, string>>): Promise<Runtime> {
  Object.assign(process.env, QUIET);
  // Read by wrangler as it is loaded, so only after the environment has been set.
  const { unstable_startWorker: startWorker } = await import('wrangler');
  const bindings = Object.entries(vars).map(
    ([name, value]) => [name, { type: 'plain_text', value }] as const,
  );
  const worker = await startWorker({
    name: 'patchcord-smoke',
    config: fileURLToPath(new URL('wrangler.toml', import.meta.url)),
    compatibilityDate: compatibilityDate(),
    envFiles: [],
    bindings: Object.fromEntries(bindings),
    dev: {
      server: { hostname: '127.0.0.1', port: 0 },
      inspector: false,
      watch: false,
      liveReload: false,
      logLevel: 'none',
      persist: false,
    },
  });
  try {
    await worker.ready;
    const { origin } = await worker.url;
    return {
      async post(path, body = new Uint8Array(0)) {
        const response = await fetch(`${origin}${path}`, { method: 'POST', body });
        if (response.ok) return response;
        throw new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 500)}`);
      },
      stop: () => worker.dispose(),
    };
  } catch (error) {
    await worker.dispose();
    throw error;
  }
}

function compatibilityDate(): string {
  const [, date] =
    /^compatibility_date = "([\d-]+)"/m.exec(readFileSync(EDGE_CONFIG, 'utf8')) ?? [];
  if (date === undefined) throw new Error('edge/wrangler.toml has no compatibility_date');
  return date;
}
