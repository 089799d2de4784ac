import type { AsteriskConfig } from './asterisk-config.ts';
import type { TrunkAccount } from './trunk-account.ts';
import { OUTCOME_CODES, REJECT_CAUSES } from './trunk-number.ts';

/** First word of what the provider's dialplan writes to the log for `trunk-log.ts` to read. */
export const TRUNK_LOG_MARK = 'trunk-call';

/** Files in place of the rig's own that make an Asterisk the provider. */
export function buildTrunkFiles(
  config: AsteriskConfig,
  account: TrunkAccount,
): Record<string, string> {
  return {
    'pjsip.conf': buildPjsipConf(config, account),
    'extensions.conf': buildExtensionsConf(config, account),
    // Keys that arrive are logged by Asterisk itself, whatever application the call is in.
    'logger.conf':
      '[general]\nuse_callids=no\ndateformat=%s.%3q\n[logfiles]\nfull => notice,warning,error,security,dtmf\n',
  };
}

/** `header` first: phones of our own say who they are, all else from this machine is the customer. */
function buildPjsipConf({ sipPort }: AsteriskConfig, account: TrunkAccount): string {
  const { host, port, username, password } = account;
  const endpoint = `type=endpoint
disallow=all
allow=ulaw,alaw
direct_media=no
rtp_symmetric=yes
bind_rtp_to_media_address=yes
timers=no
dtmf_mode=rfc4733
`;
  return `[global]
type=global
endpoint_identifier_order=header,ip
[transport-customers]
type=transport
protocol=udp
bind=${host}:${port}
[transport-subscribers]
type=transport
protocol=udp
bind=127.0.0.1:${sipPort}

[${username}]
type=auth
auth_type=userpass
username=${username}
password=${password}
[${username}]
type=aor
max_contacts=1
remove_existing=yes
[${username}]
${endpoint}
transport=transport-customers
context=from-customer
media_address=${host}
auth=${username}
aors=${username}
send_pai=yes
[${username}-identify]
type=identify
endpoint=${username}
match=127.0.0.1

; Anybody else's telephone, for calls to the customer.
[subscriber]
${endpoint}
transport=transport-subscribers
context=from-subscriber
media_address=127.0.0.1
[subscriber-identify]
type=identify
endpoint=subscriber
match_header=User-Agent: patchcord-rig
`;
}

function buildExtensionsConf({ folder }: AsteriskConfig, account: TrunkAccount): string {
  const mine = account.numbers.map((number) => `"\${SHOWN}" = "${number}"`).join(' | ');
  const log = (words: string) => `Log(NOTICE,${TRUNK_LOG_MARK} ${words} id=\${UNIQUEID})`;
  const rejections = Object.entries(REJECT_CAUSES).map(
    ([status, cause]) => ` same => n,ExecIf($["\${P}" = "${status}"]?Hangup(${cause}))`,
  );
  // "015" is 1.5 s.
  const wait = 'Wait(${P:0:2}.${P:2:1})';
  const outcome = (kind: keyof typeof OUTCOME_CODES, ...steps: readonly string[]) =>
    [
      `exten => ${OUTCOME_CODES[kind]},1,NoOp(${kind})`,
      ...steps.map((step) => ` same => n,${step}`),
    ].join('\n');
  const ring = 'Gosub(ring,s,1)';
  const answer = 'Gosub(answer,s,1)';
  const early = [log('progress'), 'Progress()', 'Playtones(1004/1000)', wait, 'StopPlaytones()'];
  return `[general]
static=yes
writeprotect=yes
[from-customer]
exten => _+X.,1,Goto(from-customer,\${EXTEN:1},1)
exten => _X.,1,Set(NUMBER=\${EXTEN})
 same => n,Set(CHANNEL(hangup_handler_push)=ended,s,1)
 same => n,Set(RAWFROM=\${PJSIP_HEADER(read,From)})
 same => n,Set(FROM=\${CUT(RAWFROM,@,1)})
 same => n,Set(FROM=\${CUT(FROM,:,2)})
 same => n,Set(RAWPAI=\${PJSIP_HEADER(read,P-Asserted-Identity)})
 same => n,Set(PAI=\${CUT(RAWPAI,@,1)})
 same => n,Set(PAI=\${CUT(PAI,:,2)})
 same => n,Set(SHOWN=\${IF($["\${PAI}" = ""]?\${FROM}:\${PAI})})
 same => n,Set(SHOWN=\${IF($["\${SHOWN:0:1}" = "+"]?\${SHOWN:1}:\${SHOWN})})
 same => n,${log('invited number=${NUMBER} from=${FROM} asserted=${PAI} channel=${CHANNEL} sip=${CHANNEL(pjsip,call-id)}')}
; A provider shows no numbers but its customer's own; with none to show it shows the main one.
 same => n,GotoIf($[${mine} | ("\${PAI}" = "" & "\${FROM}" = "${account.username}")]?known)
 same => n,${log('refused')}
 same => n,Hangup(21)
 same => n(known),GotoIf($["\${NUMBER:0:4}" = "1555" & \${LEN(\${NUMBER})} = 11]?:unknown)
 same => n,Set(P=\${NUMBER:6:3})
 same => n,Goto(outcome,\${NUMBER:4:2},1)
 same => n(unknown),Hangup(1)

[outcome]
${outcome('echo', ring, answer, 'Echo()')}
${outcome('human', ring, answer, 'Milliwatt(o)')}
${outcome('silence', ring, answer, 'Wait(3600)')}
${outcome('machine', answer, `Playback(${folder}/greetings/\${P})`, log('greeted'), 'Wait(3600)')}
${outcome('hangs-up', answer, 'Playtones(1004/1000)', wait, 'Hangup(16)')}
${outcome('busy', ring, 'Hangup(17)')}
${outcome('rings', log('ringing'), 'Ringing()', 'Wait(3600)')}
${outcome('mute', 'Wait(3600)')}
${outcome('rejects')}
${rejections.join('\n')}
 same => n,Hangup(16)
${outcome('early-media', ...early, answer, 'Echo()')}
${outcome('early-media-busy', ...early, 'Hangup(17)')}
exten => _X!,1,Hangup(1)

[ring]
exten => s,1,GotoIf($["\${P}" = "000"]?done)
 same => n,${log('ringing')}
 same => n,Ringing()
 same => n,${wait}
 same => n(done),Return()
[answer]
; Answer() comes back with the customer's first audio, which it puts back, or after half a second.
exten => s,1,${log('answered')}
 same => n,Answer()
 same => n,MixMonitor(${folder}/heard/\${UNIQUEID}-mixed.ulaw,r(${folder}/heard/\${UNIQUEID}.ulaw))
 same => n,Return()
[ended]
exten => s,1,${log('ended cause=${HANGUPCAUSE} source=${CHANNEL(hangupsource)}')}
 same => n,Return()

; Any number leads to the customer who has it.
[from-subscriber]
exten => _[+0-9]!,1,Dial(PJSIP/\${EXTEN}@${account.username},60)
 same => n,Hangup(\${HANGUPCAUSE})
`;
}
