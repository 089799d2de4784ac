/** Keys, pressed towards the caller. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Line } from './line.ts';

/** Asterisk's own length of a key and of the pause behind it. */
const DIGIT_MS = 200;
const PAUSE_MS: Readonly<Record<string, number>> = { w: 500, W: 1000 };

/** Has the PBX press `digits` (`w` is a pause of 0.5 s, `W` one of 1 s); resolves when the last of them is over. Rejects when aborted. */
export async function sendDigits(digits: string, line: Line, signal: AbortSignal): Promise<void> {
  const { context, channelId } = line;
  await context.ari().post(`/channels/${channelId}/dtmf`, { dtmf: digits });
  const lengthMs = digits.split('').reduce((sum, key) => sum + (PAUSE_MS[key] ?? DIGIT_MS), 0);
  await pause(lengthMs, undefined, { signal });
}
