/**
 * Loads what external media over RTP needs. Stock MikoPBX ships the modules and never loads them; ARI can.
 *
 * @see facts section 0, items 1 to 3 (chan_rtp needs res_rtp_multicast first)
 */

import { RelayError } from '../../core/error.ts';
import { AriError, type AriHttp } from './http.ts';
import { moduleSchema } from './models.ts';

/** In the order in which they must be loaded. */
export const MEDIA_MODULES = ['res_rtp_multicast.so', 'chan_rtp.so'] as const;

export async function isModuleRunning(ari: AriHttp, name: string): Promise<boolean> {
  try {
    return (await ari.get(`/asterisk/modules/${name}`, moduleSchema)).status === 'Running';
  } catch (error) {
    if (error instanceof AriError && (error.code === 'ARI_NOT_FOUND' || error.status === 409)) {
      return false;
    }
    throw error;
  }
}

/** Loads the modules that are not running; answers which those were. Throws `ARI_MODULE_MISSING` where one will not load. */
export async function loadMediaModules(ari: AriHttp): Promise<readonly string[]> {
  const loaded: string[] = [];
  for (const name of MEDIA_MODULES) {
    if (await isModuleRunning(ari, name)) continue;
    try {
      await ari.post(`/asterisk/modules/${name}`);
    } catch (cause) {
      if (cause instanceof AriError && cause.code === 'ARI_UNREACHABLE') throw cause;
      throw new RelayError(
        'ARI_MODULE_MISSING',
        `Asterisk cannot load ${name}, without which it has no external media: install the package that holds it (Debian: asterisk-modules), or load it on the PBX with \`asterisk -rx 'module load ${name}'\` and look at what that says`,
        { cause },
      );
    }
    loaded.push(name);
  }
  return loaded;
}
