/** `loop` of `<Say>` and `<Play>`: how many times; 0 is "until the call ends", which Twilio bounds at a thousand. */

import type { Attributes } from '../attributes.ts';

const LOOP_MAX = 1000;

export function readLoop(attributes: Attributes): number {
  const loop = attributes.integer('loop', 1, 0, LOOP_MAX);
  return loop === 0 ? LOOP_MAX : loop;
}
