/**
 * Waiting that ends at once when nobody waits any more.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Waits; false when the signal ended it before the time. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (delayMs <= 0) return !signal.aborted;
  try {
    await delay(delayMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** Waits until the signal: how a stand-in stalls. */
export async function stall(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
