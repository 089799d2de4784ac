/**
 * The identifiers we give to what we make on the PBX, so that it can be recognised as ours after a crash:
 * `patchcord.APP.CALLSID` is a bridge, `patchcord.APP.CALLSID.media` an external-media channel.
 *
 * The app's name is in them because two relays may share one PBX; it holds no dot (config.ts), so prefixes never overlap.
 */

import { isSid } from '@patchcord/shared/twilio/sid';

const PREFIX = 'patchcord';
const MEDIA_SUFFIX = '.media';

export function bridgeId(app: string, callSid: string): string {
  return `${PREFIX}.${app}.${callSid}`;
}

export function mediaChannelId(app: string, callSid: string): string {
  return bridgeId(app, callSid) + MEDIA_SUFFIX;
}

/** The call a bridge or media channel was made for; undefined where it is not ours. */
export function callSidOf(app: string, id: string): string | undefined {
  const prefix = `${PREFIX}.${app}.`;
  if (!id.startsWith(prefix)) return undefined;
  const callSid = id.slice(prefix.length).replace(MEDIA_SUFFIX, '');
  return isSid('CA', callSid) ? callSid : undefined;
}
