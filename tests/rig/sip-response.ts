import { formatSip, header, tagOf } from './sip-message.ts';
import type { SipMessage } from './sip-message.ts';

/**
 * A response to a request, RFC 3261 §8.2.6. `toTag`: ours, put on the To of a request that has none. `body`: SDP, or empty.
 */
export function formatResponse(
  request: SipMessage,
  status: string,
  options: { readonly contact: string; readonly body?: string; readonly toTag?: string },
): string {
  const { contact, body = '', toTag } = options;
  const to = header(request, 'to');
  const tag = toTag === undefined || tagOf(to) !== undefined ? '' : `;tag=${toTag}`;
  const headers: (readonly [string, string])[] = [
    ...(request.headers.get('via') ?? []).map((via) => ['Via', via] as const),
    ['From', header(request, 'from')],
    ['To', `${to}${tag}`],
    ['Call-ID', header(request, 'call-id')],
    ['CSeq', header(request, 'cseq')],
    ['Contact', contact],
  ];
  if (body !== '') headers.push(['Content-Type', 'application/sdp']);
  return formatSip(`SIP/2.0 ${status}`, headers, body);
}
