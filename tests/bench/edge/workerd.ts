/** The workerd process that wrangler started for this one, as the kernel sees it. Linux only. */

import { readdirSync, readFileSync } from 'node:fs';

/** Of the two that wrangler starts: the one that runs the Worker, and the one before it that only passes connections on. */
export interface WorkerdPids {
  readonly worker: number;
  readonly proxy: number;
}

/** To be asked once the Worker has answered: wrangler starts it after its proxy. Throws where there are not two of them. */
export function findWorkerd(): WorkerdPids {
  const found = readdirSync('/proc')
    .flatMap((name) => (/^\d+$/.test(name) ? (statOf(name) ?? []) : []))
    .toSorted((a, b) => a.startedAt - b.startedAt);
  const [proxy, worker] = found;
  if (proxy === undefined || worker === undefined || found.length > 2) {
    throw new Error(`wrangler runs ${found.length} workerd processes, not a proxy and a Worker`);
  }
  return { worker: worker.pid, proxy: proxy.pid };
}

/** Memory of a process in bytes; what it shares with others is counted in parts. */
export function pssBytesOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1024;
}

/** When a workerd of this process began, in ticks since boot; undefined for every other process. */
function statOf(pid: string): { pid: number; startedAt: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the parent and the start are fields 4 and 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isOurs = stat.includes('(workerd)') && Number(fields[1]) === process.pid;
    return isOurs ? { pid: Number(pid), startedAt: Number(fields[19]) } : undefined;
  } catch {
    return undefined; // It has ended meanwhile.
  }
}
