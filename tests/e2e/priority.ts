/** CPU time before other work, for tests that judge time. */

import { constants, getPriority, setPriority } from 'node:os';

/**
 * From here on this process and what it starts go before other work on the machine, as in production: the relay's unit has
 * `Nice=-10`, Debian starts Asterisk with `-p`. The phones' and the capture's share of it stands for machines of their own.
 * Ends with its scope. Where it is not allowed (not root) nothing changes.
 */
export function raisePriority(): Disposable {
  const before = getPriority();
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // The test is then at the mercy of what else runs.
  }
  return {
    [Symbol.dispose]() {
      setPriority(before);
    },
  };
}
