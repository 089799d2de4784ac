import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from '@patchcord/shared/audio/g711';

/** A-law code of the level nearest to each µ-law code. */
const MULAW_TO_ALAW = Uint8Array.from({ length: 256 }, (_, mulaw) => {
  const wanted = MULAW_TO_LINEAR[mulaw] ?? 0;
  let best = 0;
  for (let alaw = 1; alaw < 256; alaw++) {
    const distance = Math.abs((ALAW_TO_LINEAR[alaw] ?? 0) - wanted);
    if (distance < Math.abs((ALAW_TO_LINEAR[best] ?? 0) - wanted)) best = alaw;
  }
  return best;
});

/** µ-law bytes to as many A-law bytes, in an array of their own. */
export function mulawToAlaw(mulaw: Uint8Array): Uint8Array {
  return mulaw.map((code) => MULAW_TO_ALAW[code] ?? 0xd5);
}
