/**
 * The identifiers we give to what we make on the PBX, so that it can be recognised as ours after a crash:
 * `patchcord.APP.CALLSID` is a bridge, `patchcord.APP.CALLSID.media` an external-media channel, `patchcord.APP.CALLSID.party` a
 * channel that we dialled.
 *
 * The app's name is in them because two relays may share one PBX; it holds no dot (config.ts), so prefixes never overlap.
 */

import { isSid } from '@patchcord/shared/twilio/sid';

const PREFIX = 'patchcord';
const SUFFIXES = ['.media', '.party'] as const;

export function bridgeId(app: string, callSid: string): string {
  return `${PREFIX}.${app}.${callSid}`;
}

export function mediaChannelId(app: string, callSid: string): string {
  return `${bridgeId(app, callSid)}.media`;
}

export function partyChannelId(app: string, callSid: string): string {
  return `${bridgeId(app, callSid)}.party`;
}

/** The call a bridge or channel was made for; undefined where it is not ours. */
export function callSidOf(app: string, id: string): string | undefined {
  const prefix = `${PREFIX}.${app}.`;
  if (!id.startsWith(prefix)) return undefined;
  // A Local channel has two halves, the second of which Asterisk names by itself.
  const name = id.replace(/;2$/, '');
  const suffix = SUFFIXES.find((each) => name.endsWith(each)) ?? '';
  const callSid = name.slice(prefix.length, name.length - suffix.length);
  return isSid('CA', callSid) ? callSid : undefined;
}
