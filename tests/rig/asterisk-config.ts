import { readFileSync } from 'node:fs';
import type { RtpRange } from './rtp-range.ts';
import { buildTrunkDialplan, buildTrunkEndpoint } from './trunk-account.ts';
import type { TrunkAccount } from './trunk-account.ts';

/** `plain`: all modules Debian builds. `mikopbx`: the modules, HTTP prefix and RTP ports of a stock MikoPBX. */
export type AsteriskShape = 'plain' | 'mikopbx';

/** What the configuration files of one instance are made from. */
export interface AsteriskConfig {
  readonly shape: AsteriskShape;
  /** Instance folder as Asterisk sees it, inside the chroot. */
  readonly folder: string;
  /** Module folder as Asterisk sees it. */
  readonly moduleFolder: string;
  /** File names in the module folder. */
  readonly modulesOnDisk: ReadonlySet<string>;
  readonly httpPort: number;
  readonly sipPort: number;
  readonly rtpRange: RtpRange;
  readonly ariUsername: string;
  readonly ariPassword: string;
  /** Stasis application of each extension: the caller gets into `Stasis(app,inbound)`. */
  readonly apps: Readonly<Record<string, string>>;
  /** More lines for extensions.conf. */
  readonly dialplan: string;
  /** Provider that it is a customer of. */
  readonly trunk: TrunkAccount | undefined;
}

/** Extensions that a phone may register as (`desk-phone.ts`). They ring when one of them, or the application, dials them. */
export const DESK_EXTENSIONS = ['201', '202', '203', '204'] as const;

/** Path of the HTTP server's own prefix: MikoPBX sets one, so that `/ari` answers 404 there. */
export function httpPrefix(shape: AsteriskShape): '' | 'asterisk' {
  return shape === 'mikopbx' ? 'asterisk' : '';
}

/** All files of an instance's configuration folder, by name. */
export function buildConfig(config: AsteriskConfig): Record<string, string> {
  return {
    'asterisk.conf': buildAsteriskConf(config),
    'modules.conf': buildModulesConf(config),
    'logger.conf': '[general]\nuse_callids=no\n[logfiles]\nfull => notice,warning,error,security\n',
    'http.conf': buildHttpConf(config),
    'ari.conf': buildAriConf(config),
    'rtp.conf': `[general]\nrtpstart=${config.rtpRange.firstPort}\nrtpend=${config.rtpRange.lastPort}\n`,
    'pjsip.conf': buildPjsipConf(config),
    'extensions.conf': buildExtensionsConf(config),
    'cdr.conf': '[general]\nenable=no\n',
    'cel.conf': '[general]\nenable=no\n',
    // Stamped out so that the modules load quietly with nothing in them.
    'features.conf': '[general]\n',
    'confbridge.conf': '[general]\n',
    'musiconhold.conf': '[general]\n',
    'stasis.conf': '',
    'acl.conf': '',
    'udptl.conf': '',
    'ccss.conf': '[general]\n',
    'dnsmgr.conf': '[general]\nenable=no\n',
    'manager.conf': '[general]\nenabled=no\n',
    'pjproject.conf': '',
    'indications.conf': INDICATIONS_CONF,
    'chan_websocket.conf': '[global]\n',
    'websocket_client.conf': '',
    'cli_aliases.conf': '[general]\n',
    'pjsip_notify.conf': '',
    'res_parking.conf': '[general]\n',
    'voicemail.conf': '[general]\n',
    'queues.conf': '[general]\n',
    'iax.conf': '[general]\nbindaddr=127.0.0.1\nbindport=0\n',
  };
}

/** Tones that applications of the dialplan may ask for. */
const INDICATIONS_CONF = `[general]
country=us
[us]
description=United States
ringcadence=2000,4000
dial=350+440
busy=480+620/500,0/500
ring=440+480/2000,0/4000
congestion=480+620/250,0/250
callwaiting=440/300,0/10000
dialrecall=!350+440/100,!0/100,350+440
record=1400/500,0/15000
info=!950/330,!1400/330,!1800/330,0
`;

function buildAsteriskConf({ folder, moduleFolder }: AsteriskConfig): string {
  return `[directories]
astetcdir => ${folder}/etc
astmoddir => ${moduleFolder}
astvarlibdir => ${folder}/var
astcachedir => ${folder}/var
astdbdir => ${folder}/var
astkeydir => ${folder}/var
astdatadir => /usr/share/asterisk
astagidir => /usr/share/asterisk/agi-bin
astspooldir => ${folder}/spool
astrundir => ${folder}/run
astlogdir => ${folder}/log
astsbindir => /usr/sbin
[options]
documentation_language = en_US
`;
}

/** Modules that open ports of their own, read files we do not write, or want hardware and databases. */
const NOT_LOADED_PLAIN = [
  /^(cdr|cel)_/,
  /^chan_(alsa|console|dahdi|iax2|mgcp|mobile|motif|ooh323|oss|sip|skinny|unistim)\.so$/,
  /^pbx_(ael|dundi|lua|realtime)\.so$/,
  /^app_(adsiprog|agent_pool|alarmreceiver|amd|festival|followme|getcpeid|jack|meetme|minivm)\.so$/,
  /^app_(queue|sms|voicemail.*|statsd)\.so$/,
  /^func_odbc\.so$/,
  /^res_(adsi|ael_share|aeap|calendar.*|cdrel.*|config_.*|corosync|curl|fax.*|hep.*|http_media_cache)\.so$/,
  /^res_(http_post|monitor|odbc.*|parking|phoneprov|prometheus|realtime|resolver_unbound|smdi)\.so$/,
  /^res_(snmp|sorcery_realtime|speech_aeap|statsd|stir_shaken|stun_monitor|xmpp|geolocation)\.so$/,
  /^res_pjsip_(config_wizard|geolocation|phoneprov.*|stir_shaken|notify)\.so$/,
];

function buildModulesConf({ shape, modulesOnDisk }: AsteriskConfig): string {
  if (shape === 'plain') {
    const noload = [...modulesOnDisk].filter((name) =>
      NOT_LOADED_PLAIN.some((pattern) => pattern.test(name)),
    );
    return `[modules]\nautoload=yes\n${noload.map((name) => `noload => ${name}\n`).join('')}`;
  }
  const stock = readFileSync(new URL('mikopbx-shape/modules.conf', import.meta.url), 'utf8');
  return stock
    .split('\n')
    .filter((line) => {
      const name = /^load => (\S+)/.exec(line)?.[1];
      return name === undefined || modulesOnDisk.has(name);
    })
    .join('\n');
}

function buildHttpConf({ shape, httpPort }: AsteriskConfig): string {
  const lines = ['[general]', 'enabled=yes', 'bindaddr=127.0.0.1', `bindport=${httpPort}`];
  // A media WebSocket of chan_websocket takes one session per call; 100, the default, would end a bench of 100 calls.
  if (shape === 'plain') lines.push('sessionlimit=1000');
  else lines.push(`prefix=${httpPrefix(shape)}`, 'enablestatic=yes');
  return `${lines.join('\n')}\n`;
}

function buildAriConf({ ariUsername, ariPassword }: AsteriskConfig): string {
  return `[general]
enabled=yes
pretty=no
allowed_origins=*
[${ariUsername}]
type=user
read_only=no
password_format=plain
password=${ariPassword}
`;
}

function buildPjsipConf({ sipPort, shape, trunk }: AsteriskConfig): string {
  const endpoint = `type=endpoint
context=from-phone
disallow=all
allow=ulaw,alaw
direct_media=no
rtp_symmetric=yes
media_address=127.0.0.1
bind_rtp_to_media_address=yes
timers=no
dtmf_mode=rfc4733
`;
  const desks = DESK_EXTENSIONS.map(
    (extension) => `[${extension}]
type=aor
max_contacts=1
remove_existing=yes
[${extension}]
${endpoint}aors=${extension}
callerid=<${extension}>
`,
  );
  const provider =
    trunk === undefined ? '' : buildTrunkEndpoint(trunk, shape === 'mikopbx' ? 'asserted' : 'from');
  return `[global]
type=global
endpoint_identifier_order=ip,username,anonymous
[transport-udp]
type=transport
protocol=udp
bind=127.0.0.1:${sipPort}

; Every caller from this machine. The codec is the caller's choice: a phone offers one.
[phone]
${endpoint}
; Who may register from there, without a password.
aors=${DESK_EXTENSIONS.join(',')}
[phone-identify]
type=identify
endpoint=phone
match=127.0.0.1

; Phones that are called.
${desks.join('')}${provider}`;
}

function buildExtensionsConf({ apps, dialplan, trunk }: AsteriskConfig): string {
  const stasis = Object.entries(apps).map(
    ([
      extension,
      app,
    ]) => `; Goes on to a human when the application is away, gives the call back, or is full.
exten => ${extension},1,NoOp(AI relay)
 same => n,Set(TIMEOUT(absolute)=3600)
 same => n,Stasis(${app},inbound)
 same => n,Goto(human,s,1)`,
  );
  return `[general]
static=yes
writeprotect=yes
[from-phone]
${stasis.join('\n')}
; Plays back what the caller says.
exten => 600,1,Answer()
 same => n,Echo()
; The human, called directly.
exten => 601,1,Goto(human,s,1)
; Answers and says nothing.
exten => 602,1,Answer()
 same => n,Wait(3600)
; Rings for ever.
exten => 603,1,Ringing()
 same => n,Wait(3600)
; Busy.
exten => 604,1,Hangup(17)
; Answers and hangs up by itself after a second.
exten => 605,1,Answer()
 same => n,Wait(1)
 same => n,Hangup(16)
; Phones that have registered.
exten => _20[1-4],1,Dial(PJSIP/\${EXTEN},60)
 same => n,Hangup()
[human]
; "A person answers": the digital milliwatt of G.711, 1000 Hz, which nothing else here plays.
exten => s,1,Answer()
 same => n,Set(PATCHCORD_HUMAN=yes)
 same => n,Milliwatt(o)
${trunk === undefined ? '' : buildTrunkDialplan(trunk, Object.keys(apps)[0] ?? '601')}${dialplan}
`;
}
