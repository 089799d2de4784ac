/** What the core sends to the stream, as text frames: Twilio's messages, and ours where the peer is our relay. */

import {
  encodeClear,
  encodeHandlerMedia,
  encodeMarkRequest,
} from '@patchcord/shared/media-streams/encode';
import {
  encodePause,
  encodeSendDtmf,
  encodeTransfer,
  encodeUnpause,
} from '@patchcord/shared/media-streams/extensions';
import type { CallOutput } from './core/contract.ts';

export type StreamOutput = Extract<
  CallOutput,
  {
    kind:
      | 'send-media'
      | 'send-mark'
      | 'send-clear'
      | 'send-pause'
      | 'send-unpause'
      | 'send-dtmf'
      | 'transfer';
  }
>;

/** How long somebody rings. */
const TRANSFER_TIMEOUT_SEC = 30;

export function encodeStreamOutput(streamSid: string, output: StreamOutput): string {
  switch (output.kind) {
    case 'send-media':
      return encodeHandlerMedia(streamSid, output.mulaw);
    case 'send-mark':
      return encodeMarkRequest(streamSid, output.name);
    case 'send-clear':
      return encodeClear(streamSid);
    case 'send-pause':
      return encodePause(streamSid);
    case 'send-unpause':
      return encodeUnpause(streamSid);
    case 'send-dtmf':
      return encodeSendDtmf(streamSid, output.digits);
    case 'transfer':
      return encodeTransfer(streamSid, {
        id: output.transferId,
        target: output.target,
        kind: output.manner,
        timeoutSec: TRANSFER_TIMEOUT_SEC,
      });
  }
}
