/** How much one input may cost. */

const CPU_MS_MAX = 50;
const ATTEMPTS = 3;
/** While it is less than twice the limit: a machine that others use too can be half as fast for a while. */
const ATTEMPTS_NEAR = 10;

/**
 * Runs `work` and throws if it took this thread more than 50 ms of CPU, the best of three or more: a busy machine, a garbage
 * collection or code that is still cold must not count, a slow parser must. `work` can be run again.
 */
export async function measured<T>(work: () => T | Promise<T>): Promise<T> {
  let best = Infinity;
  for (let attempt = 1; ; attempt++) {
    const before = process.threadCpuUsage();
    const result = await work();
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
    if (best <= CPU_MS_MAX) return result;
    if (attempt >= (best < 2 * CPU_MS_MAX ? ATTEMPTS_NEAR : ATTEMPTS))
      throw new Error(`took ${best} ms of CPU, more than ${CPU_MS_MAX}`);
  }
}
