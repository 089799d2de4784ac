/** The TwiML by which Twilio puts a caller through, and what it says to whoever answers. */

import { documentOf, escapeXml } from '../twiml.ts';

export interface DialOptions {
  /** A number in E.164, a SIP URI, or an extension of a PBX. */
  readonly target: string;
  /** `warm`: whoever answers is told first, and takes the call with a key. */
  readonly manner: 'cold' | 'warm';
  readonly timeoutSec: number;
  /** Asked when the dialling or the conversation is over. */
  readonly actionUrl: string;
  /** Asked on the leg of whoever answers, before the two are connected. */
  readonly whisperUrl: string;
}

/** Undefined for what Twilio cannot dial: an extension of somebody's PBX. */
export function dialTwiml(options: DialOptions): string | undefined {
  const { target, manner, timeoutSec, actionUrl, whisperUrl } = options;
  const noun = target.startsWith('+') ? 'Number' : /^sips?:/iu.test(target) ? 'Sip' : undefined;
  if (noun === undefined) return undefined;
  const isWarm = manner === 'warm';
  // The caller goes on hearing it ring while the other one is told.
  const dial = [`action="${escapeXml(actionUrl)}"`, `timeout="${timeoutSec}"`];
  if (isWarm) dial.push('answerOnBridge="true"');
  const url = isWarm ? ` url="${escapeXml(whisperUrl)}"` : '';
  return documentOf(`<Dial ${dial.join(' ')}><${noun}${url}>${escapeXml(target)}</${noun}></Dial>`);
}

/** A mailbox presses no key: it is hung up on, and the caller comes back. */
export function whisperTwiml(text: string, acceptedUrl: string): string {
  const say = `<Say>${escapeXml(text)}</Say>`;
  const gather = `<Gather numDigits="1" timeout="10" action="${escapeXml(acceptedUrl)}">${say}</Gather>`;
  return documentOf(`${gather}<Hangup/>`);
}

/** The end of the document connects the two. */
export function acceptedTwiml(): string {
  return documentOf('');
}
