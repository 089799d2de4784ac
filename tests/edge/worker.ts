/**
 * Starts the production Worker in a real workerd: what tests, demo and benches talk to.
 *
 * Bundled and run by wrangler, with nothing of it replaced. Durable Objects keep their data in a folder of their own that
 * goes with it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface EdgeOptions {
  /** Variables and secrets, over those of wrangler.toml; what is left out here is left out there. */
  readonly vars: Readonly<Record<string, string>>;
  /** 0 or none: any free port. */
  readonly port?: number;
  /** One line that the Worker wrote to its console, without its line break. */
  readonly onLog?: (line: string) => void;
  /** Where the Durable Objects keep their data; without one, a folder that is removed at the end. */
  readonly persistPath?: string;
}

export interface Edge {
  /** Such as `http://127.0.0.1:8787`, without a slash at its end. */
  readonly url: string;
  /** The same for WebSockets. */
  readonly wsUrl: string;
  /** Ends workerd and removes what it wrote. */
  stop(): Promise<void>;
}

const CONFIG = join(dirname(fileURLToPath(import.meta.url)), '../../edge/wrangler.toml');

/** Nothing leaves this machine, and no time is lost trying (facts/edge-runtime.md section 3). */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_LOG: 'error',
  WRANGLER_HIDE_BANNER: 'true',
} as const;

/** Starts the Worker; answers when it serves requests, or throws with what wrangler has to say. */
export async function startEdge({ vars, port, onLog, persistPath }: EdgeOptions): Promise<Edge> {
  Object.assign(process.env, QUIET);
  // Read by wrangler as it is loaded, so only after the environment has been set.
  const { unstable_startWorker: startWorker } = await import('wrangler');
  const persist = persistPath ?? (await mkdtemp(join(tmpdir(), 'patchcord-edge-')));
  const remove = async (): Promise<void> => {
    if (persistPath === undefined) await rm(persist, { recursive: true, force: true });
  };
  const bindings = Object.entries(vars).map(
    ([name, value]) => [name, { type: 'plain_text', value }] as const,
  );
  const worker = await startWorker({
    config: CONFIG,
    // A developer's .dev.vars hold real keys: no test may come by them.
    envFiles: [],
    bindings: Object.fromEntries(bindings),
    dev: {
      server: { hostname: '127.0.0.1', port: port ?? 0 },
      inspector: false,
      watch: false,
      liveReload: false,
      logLevel: 'error',
      persist,
      structuredLogsHandler: (log: { readonly message: string }) => onLog?.(log.message),
    },
  });
  try {
    await worker.ready;
    const { host } = await worker.url;
    return {
      url: `http://${host}`,
      wsUrl: `ws://${host}`,
      async stop() {
        await worker.dispose();
        await remove();
      },
    };
  } catch (error) {
    await worker.dispose();
    await remove();
    throw error;
  }
}
