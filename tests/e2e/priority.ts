/** CPU time before other work, for tests that judge time. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** Where the kernel groups processes by session, priority counts within a session only, and each session has its own. */
const SESSION = '/proc/self/autogroup';

/**
 * From here on this process and what it starts go before other work on the machine, as in production: the relay's unit has
 * `Nice=-10`, Debian starts Asterisk with `-p`. The phones' and the capture's share of it stands for machines of their own.
 * Ends with its scope. Where it is not allowed (not root) nothing changes.
 */
export function raisePriority(): Disposable {
  const before = getPriority();
  const sessionBefore = sessionPriority();
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
    setSessionPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // The test is then at the mercy of what else runs.
  }
  return {
    [Symbol.dispose]() {
      setPriority(before);
      setSessionPriority(sessionBefore);
    },
  };
}

function sessionPriority(): number {
  const text = existsSync(SESSION) ? readFileSync(SESSION, 'utf8') : '';
  return Number(/nice (-?\d+)/.exec(text)?.[1] ?? 0);
}

function setSessionPriority(priority: number): void {
  if (existsSync(SESSION) && sessionPriority() !== priority)
    writeFileSync(SESSION, String(priority));
}
