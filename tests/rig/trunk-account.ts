/** What a customer of the provider is given: where to register, with what, and the numbers that are theirs. */
export interface TrunkAccount {
  /** An address of its own on loopback, so that a PBX can tell the provider from the phones, which all are at 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Numbers that may be shown as caller, and that callers reach the customer by. E.164 without `+`, the main one first. */
  readonly numbers: readonly string[];
}

/**
 * The trunk in the customer's pjsip.conf: registers, answers the provider's challenges, takes its calls by address. Reached as
 * `PJSIP/{number}@trunk`.
 *
 * `callerIn`: where the caller's number goes. `from`: as it is, the plain way. `asserted`: From holds the account, as MikoPBX
 * does it, and P-Asserted-Identity the number.
 */
export function buildTrunkEndpoint(account: TrunkAccount, callerIn: 'from' | 'asserted'): string {
  const { host, port, username, password } = account;
  const identity = callerIn === 'asserted' ? `from_user=${username}\nsend_pai=yes\n` : '';
  return `
[trunk-auth]
type=auth
auth_type=userpass
username=${username}
password=${password}
[trunk]
type=aor
contact=sip:${host}:${port}
[trunk]
type=endpoint
context=from-trunk
disallow=all
allow=ulaw,alaw
aors=trunk
outbound_auth=trunk-auth
from_domain=${host}
trust_id_inbound=yes
${identity}direct_media=no
rtp_symmetric=yes
media_address=127.0.0.1
bind_rtp_to_media_address=yes
timers=no
dtmf_mode=rfc4733
[trunk-identify]
type=identify
endpoint=trunk
match=${host}
[trunk-registration]
type=registration
outbound_auth=trunk-auth
server_uri=sip:${host}:${port}
client_uri=sip:${username}@${host}:${port}
contact_user=${username}
retry_interval=1
expiration=600
`;
}

/**
 * The trunk in the customer's extensions.conf: `Local/{number}@outgoing` dials out, and each of the account's numbers leads to
 * `extension` of the phones' context.
 */
export function buildTrunkDialplan(account: TrunkAccount, extension: string): string {
  const inbound = account.numbers
    .flatMap((number) => [number, `+${number}`])
    .map((number) => `exten => ${number},1,Goto(from-phone,${extension},1)`);
  return `
[from-trunk]
${inbound.join('\n')}
[outgoing]
exten => _[+0-9]!,1,NoOp(out)
 same => n,Dial(PJSIP/\${EXTEN}@trunk,600)
 same => n,Hangup()
`;
}
