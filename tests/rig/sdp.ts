import type { PhoneCodec } from './phone.ts';

/** RTP payload type of telephone events in our offers. */
export const TELEPHONE_EVENT_TYPE = 101;

/** Static payload types, RFC 3551 table 4. */
export const PAYLOAD_TYPES: Readonly<Record<PhoneCodec, number>> = { ulaw: 0, alaw: 8 };

/** An offer, or an answer, of one codec with telephone events, on 127.0.0.1. */
export function buildSdp(options: {
  readonly rtpPort: number;
  readonly codec: PhoneCodec;
  readonly ptimeMs: number;
  readonly version: number;
}): string {
  const type = PAYLOAD_TYPES[options.codec];
  return [
    'v=0',
    `o=phone 1 ${options.version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${options.rtpPort} RTP/AVP ${type} ${TELEPHONE_EVENT_TYPE}`,
    `a=rtpmap:${type} ${options.codec === 'ulaw' ? 'PCMU' : 'PCMA'}/8000`,
    `a=rtpmap:${TELEPHONE_EVENT_TYPE} telephone-event/8000`,
    `a=fmtp:${TELEPHONE_EVENT_TYPE} 0-16`,
    `a=ptime:${options.ptimeMs}`,
    'a=sendrecv',
    '',
  ].join('\r\n');
}

/** Where the other side wants audio; undefined when it wants none. */
export function parseSdp(
  sdp: string,
): { readonly address: string; readonly port: number } | undefined {
  const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  const port = Number(/^m=audio (\d+) /m.exec(sdp)?.[1]);
  return address === undefined || !(port > 0) ? undefined : { address, port };
}
