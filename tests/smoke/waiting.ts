/** Waiting in workerd, whose clock moves only with events: a timer is one. */

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `isDone`, which is asked every 10 ms. Answers whether that came true within `msMax`. */
export async function until(isDone: () => boolean, msMax: number): Promise<boolean> {
  const deadline = Date.now() + msMax;
  while (!isDone()) {
    if (Date.now() > deadline) return false;
    await pause(10);
  }
  return true;
}
