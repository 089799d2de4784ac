/** From a message of the stream to an input of the core. */

import type { PatchcordFromRelay } from '@patchcord/shared/media-streams/extensions';
import type { TwilioMessage } from '@patchcord/shared/media-streams/messages';
import type { CallInput } from './core/contract.ts';

/** Undefined where the peer does not tell, or nonsense. */
function toldMs(timestamp: string | undefined): { readonly timestampMs?: number } {
  const timestampMs = Number(timestamp);
  return Number.isSafeInteger(timestampMs) ? { timestampMs } : {};
}

/** Undefined for a payload that is not base64. */
export function inputOf(
  message: Exclude<
    TwilioMessage | PatchcordFromRelay,
    { event: 'connected' | 'start' | 'dtmf-sent' }
  >,
): CallInput | undefined {
  switch (message.event) {
    case 'media':
      try {
        const { payload, timestamp } = message.media;
        return { kind: 'media', mulaw: Uint8Array.fromBase64(payload), ...toldMs(timestamp) };
      } catch {
        return undefined;
      }
    case 'mark':
      return { kind: 'mark', name: message.mark.name };
    case 'dtmf':
      return { kind: 'dtmf', digit: message.dtmf.digit };
    case 'stop':
      return { kind: 'stop', reason: 'caller-hangup' };
    case 'played': {
      const { samples, cleared, timestamp } = message.played;
      const played = { kind: 'played', samples: Number(samples), ...toldMs(timestamp) } as const;
      return cleared === undefined ? played : { ...played, cleared: Number(cleared) };
    }
    case 'transferred': {
      const { id, status, reason } = message.transferred;
      const progress = { kind: 'transfer-progress', transferId: id, status } as const;
      return reason === undefined ? progress : { ...progress, reason };
    }
  }
}
