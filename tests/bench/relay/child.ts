/** A process of the bench: started, asked, ended by its handle. */

import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Starts `file` beside this one with a channel for messages. */
export function forkChild(file: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return fork(path, [...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** Starts the relay as it is started in production. */
export function spawnRelay(environment: Readonly<Record<string, string>>): ChildProcess {
  const main = fileURLToPath(new URL('../../../relay/src/main.ts', import.meta.url));
  return spawn(process.execPath, [main, 'run'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'warn', ...environment },
  });
}

/**
 * Gives a process the priority that the systemd unit gives the relay (`Nice=-10`), so that its timers are not late for the load's
 * sake. Only root may; answers what it has then.
 */
export function raisePriority({ pid = 0 }: ChildProcess): number {
  try {
    setPriority(pid, -10);
  } catch {
    // Not root: the figures say so.
  }
  return getPriority(pid);
}

/** The next message of one kind. The bench's own processes send nothing else. */
export async function nextMessage<T extends { readonly kind: string }>(
  child: ChildProcess,
  kind: T['kind'],
): Promise<T> {
  for (;;) {
    const [message]: [T] = (await once(child, 'message')) as [T];
    if (message.kind === kind) return message;
  }
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
