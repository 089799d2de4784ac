/** The PBX of the demo: a real Asterisk where it can be had, otherwise the simulated one, and said which and why. */

import type { Pbx } from '../rig/pbx.ts';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import { installAsterisk } from '../rig/install.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';

export interface ChosenPbx {
  readonly pbx: Pbx;
  /** Why it is not a real Asterisk; undefined where it is one, or the simulated one was asked for. */
  readonly whySimulated: string | undefined;
}

/** MikoPBX's shape either way: chan_rtp not loaded, its own prefix. Throws where `asterisk` was asked for and cannot be had. */
export async function choosePbx(
  wanted: 'auto' | 'asterisk' | 'simulated',
  onProgress: (line: string) => void,
): Promise<ChosenPbx> {
  if (wanted === 'simulated') {
    return { pbx: await startSimulatedPbx({ shape: 'mikopbx' }), whySimulated: undefined };
  }
  const installation = await installAsterisk(22, onProgress);
  if (installation.available) {
    const pbx = await startAsteriskPbx({ major: 22, shape: 'mikopbx' });
    return { pbx, whySimulated: undefined };
  }
  if (wanted === 'asterisk') throw new Error(`no Asterisk here: ${installation.reason}`);
  return { pbx: await startSimulatedPbx({ shape: 'mikopbx' }), whySimulated: installation.reason };
}
