/** What servers of tools offer, kept in the isolate for a while: a call that begins knows at once what it can do. */

import type { McpServerPlan } from '../call/plan.ts';

/** A tool of a server, as far as a call wants to know it. */
export interface RemoteTool {
  /** By which the server knows it. */
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** It only reads, says the server. */
  readonly isReadOnly: boolean;
}

const AGE_MS_MAX = 5 * 60_000;
const SERVERS_MAX = 200;

interface Entry {
  readonly tools: readonly RemoteTool[];
  readonly until: number;
}

const entries = new Map<string, Entry>();

/** With its headers: a server may offer other tools to another key. */
function keyOf({ url, headers }: McpServerPlan): string {
  return JSON.stringify([url, headers]);
}

export function recall(server: McpServerPlan, now: number): readonly RemoteTool[] | undefined {
  const entry = entries.get(keyOf(server));
  return entry !== undefined && entry.until > now ? entry.tools : undefined;
}

export function remember(server: McpServerPlan, tools: readonly RemoteTool[], now: number): void {
  const key = keyOf(server);
  entries.delete(key);
  const [oldest] = entries.keys();
  if (entries.size >= SERVERS_MAX && oldest !== undefined) entries.delete(oldest);
  entries.set(key, { tools, until: now + AGE_MS_MAX });
}
