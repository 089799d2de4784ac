/**
 * For tests in real time: a failure on a host that did not keep time says so. By that, and by nothing else, vitest.config.ts knows
 * what to try again; `pnpm test` lists it.
 */

import { beforeEach } from 'vitest';
import { describeHost, isPunctual } from './punctual.ts';
import { watchHost } from './stalls.ts';

beforeEach(({ onTestFailed, onTestFinished }) => {
  const host = watchHost();
  onTestFinished(() => host[Symbol.dispose]());
  onTestFailed(({ task }) => {
    const times = host.times(0);
    const error = task.result?.errors?.at(-1);
    if (error === undefined || isPunctual(times)) return;
    const message = `${error.message}\n${describeHost(times)}`;
    // One of them is printed, the other asked.
    error.stack = (error.stack ?? '').replace(error.message, () => message);
    error.message = message;
  });
});
