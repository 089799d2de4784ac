import { TRUNK_LOG_MARK } from './trunk-config.ts';

/** A call as the provider saw it. Instants are milliseconds since 1970. */
export interface TrunkCall {
  /** The provider's own, and the name of the file with what it heard. */
  readonly id: string;
  /** SIP Call-ID: `protocol_id` of the customer's channel. */
  readonly sipCallId: string;
  /** As dialled, without `+`. */
  readonly number: string;
  /** User of the From header. */
  readonly from: string;
  /** User of P-Asserted-Identity; empty without one. */
  readonly asserted: string;
  /** Refused with 403: its customer has no such number to show. */
  readonly isRefused: boolean;
  readonly invitedAt: number;
  /** 180 was sent. */
  readonly rungAt: number | undefined;
  /** 183 with audio was sent. */
  readonly progressAt: number | undefined;
  readonly answeredAt: number | undefined;
  /** The machine's greeting was over. */
  readonly greetedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Who ended it; undefined while it goes on. */
  readonly endedBy: 'customer' | 'provider' | undefined;
  /** Q.850 cause with which it ended; 0 when none was said. */
  readonly cause: number | undefined;
  /** Keys that it was sent, RFC 4733 or INFO. */
  readonly digits: string;
}

type Draft = { -readonly [Field in keyof TrunkCall]: TrunkCall[Field] };

/** Reads the provider's log: one call after the other in the order of their INVITEs. Lines of others are passed over. */
export function parseTrunkLog(log: string): readonly TrunkCall[] {
  const calls = new Map<string, Draft>();
  const byChannel = new Map<string, Draft>();
  for (const line of log.split('\n')) {
    const at = Math.round(Number(/^\[(\d+\.\d+)\]/.exec(line)?.[1]) * 1000);
    const key = /DTMF end '(.)' received on (\S+),/.exec(line);
    if (key !== null) {
      const call = byChannel.get(key[2] ?? '');
      if (call !== undefined) call.digits += key[1] ?? '';
      continue;
    }
    const words = new RegExp(`${TRUNK_LOG_MARK} (\\w+) (.*)$`).exec(line);
    if (words === null) continue;
    const fields = parseFields(words[2] ?? '');
    const id = fields['id'] ?? '';
    if (words[1] === 'invited') {
      const call = newCall(id, at, fields);
      calls.set(id, call);
      byChannel.set(fields['channel'] ?? '', call);
      continue;
    }
    const call = calls.get(id);
    if (call !== undefined) note(call, words[1] ?? '', at, fields);
  }
  return [...calls.values()];
}

function newCall(id: string, invitedAt: number, fields: Readonly<Record<string, string>>): Draft {
  return {
    id,
    sipCallId: fields['sip'] ?? '',
    number: fields['number'] ?? '',
    from: fields['from'] ?? '',
    asserted: fields['asserted'] ?? '',
    isRefused: false,
    invitedAt,
    rungAt: undefined,
    progressAt: undefined,
    answeredAt: undefined,
    greetedAt: undefined,
    endedAt: undefined,
    endedBy: undefined,
    cause: undefined,
    digits: '',
  };
}

function note(
  call: Draft,
  word: string,
  at: number,
  fields: Readonly<Record<string, string>>,
): void {
  switch (word) {
    case 'refused':
      call.isRefused = true;
      return;
    case 'ringing':
      call.rungAt = at;
      return;
    case 'progress':
      call.progressAt = at;
      return;
    case 'answered':
      call.answeredAt = at;
      return;
    case 'greeted':
      call.greetedAt = at;
      return;
    case 'ended':
      call.endedAt = at;
      call.cause = Number(fields['cause']);
      // Asterisk names the channel that the hang-up came from: this one, or its own dialplan.
      call.endedBy = fields['source']?.startsWith('PJSIP/') === true ? 'customer' : 'provider';
      return;
    default:
  }
}

/** `a=1 b= c=x` to an object. */
function parseFields(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=(\S*)/g)].map(([, name, value]) => [name, value]),
  );
}
