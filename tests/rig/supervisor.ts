import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A child that ends with this process, whatever ends this process. */
export interface SupervisedProcess {
  /** Resolves to the exit code when the child is gone and its folder removed; 128 + n after signal n. */
  readonly exited: Promise<number>;
  readonly hasExited: () => boolean;
  /** Kills the child the hard way. */
  kill(): void;
}

/**
 * A shell that runs "$@" and holds our end of a pipe: when the pipe closes, because this process stopped or died, it kills
 * the child by its id. Either way it removes the folder in $RIG_FOLDER at the end. From the child's start on it says nothing
 * itself: "Killed", written to a pipe of a process that has died, would end it before it has tidied up.
 */
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
exec >/dev/null 2>&1
{ cat <&3; kill -KILL $child; } &
watcher=$!
exec 3<&-
wait $child
code=$?
kill $watcher
rm -rf "$RIG_FOLDER"
exit $code
`;

/**
 * Starts `command` and ties its life to ours. `folder` is removed once it has ended. Its output goes to `onOutput`, which
 * also gets what the supervising shell says.
 */
export function superviseProcess(
  command: readonly string[],
  folder: string,
  onOutput: (text: string) => void,
): SupervisedProcess {
  const shell = spawn('/bin/sh', ['-c', SUPERVISOR, 'supervisor', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C reaches us, and through the pipe the child, in that order.
    detached: true,
    env: { ...process.env, RIG_FOLDER: folder },
  });
  shell.stdin.on('error', () => {});
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', onOutput);

  let isGone = false;
  const exited = once(shell, 'exit').then(([code]: (number | null)[]) => {
    isGone = true;
    return code ?? 1;
  });
  return { exited, hasExited: () => isGone, kill: () => shell.stdin.end() };
}
