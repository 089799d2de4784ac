/**
 * The relay's configuration: parsed once, from the environment and an optional file, into a frozen object.
 *
 * All problems are reported together, each with the variable, what is expected and what was found. `process.env` is read
 * nowhere else.
 */

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseEnv } from 'node:util';
import {
  DEFAULT_DIALECT,
  parseDialect,
  type Dialect,
} from '@patchcord/shared/media-streams/dialect';
import { isPrivateHost } from '@patchcord/shared/private-host';
import type { StatusCallback, WebhookAddress } from '@patchcord/shared/twilio/call-control';
import { isSid } from '@patchcord/shared/twilio/sid';
import { splitCommand } from './core/command-template.ts';
import { ALLOW_LIST_EXPECTED, AllowList } from './core/outbound/allow-list.ts';
import { DIAL_PLAN_DEFAULT, type DialPlan } from '@patchcord/shared/dialling/dial-plan';
import { parseEndpoint } from './core/outbound/phone-number.ts';
import type { OutboundOptions } from './core/outbound/policy.ts';
import { RATE_LIMITS_DEFAULT } from './core/outbound/rate-limit.ts';
import type { PortRange } from './core/port-pool.ts';
import { RelayError } from './core/error.ts';
import { EnvironmentReader, redacted, type Environment } from './environment-reader.ts';
import type { SayEngine } from './io/audio/synthesizer.ts';

export const CONFIG_FILE = '/etc/patchcord/relay.env';

/** Where a call's stream comes from: a webhook that answers with TwiML, or one socket for all calls. */
export type Handler =
  | { readonly kind: 'voice'; readonly url: string }
  | {
      readonly kind: 'stream';
      readonly url: string;
      readonly parameters: Readonly<Record<string, string>>;
    };

export interface OutboundConfig extends OutboundOptions {
  /** Dial strings with `{number}`, by what is dialled; undefined: such cannot be reached. */
  readonly endpoints: Readonly<Record<'external' | 'extension' | 'sip', string | undefined>>;
}

export interface Config {
  readonly ari: {
    /** With scheme, without a trailing slash; the prefix is probed. */
    readonly url: string;
    readonly username: string;
    readonly password: string;
    readonly app: string;
  };
  readonly handler: Handler;
  /** Asked when the voice webhook cannot be. */
  readonly voiceFallback?: WebhookAddress;
  /** Told when a call that came in has ended. */
  readonly statusCallback?: StatusCallback;
  readonly dialect: Dialect;
  readonly accountSid: string;
  readonly authToken: string;
  readonly rtp: { readonly host: string; readonly ports: PortRange };
  readonly callsMax: number;
  readonly httpListen: { readonly host: string; readonly port: number };
  /** How others reach {@link httpListen}: the beginning of a recording's URL. Without a slash at its end. */
  readonly publicUrl: string;
  /** Calls, recordings and what `<Say>` has said. */
  readonly dataDirectory: string;
  readonly say: SayEngine | undefined;
  readonly outbound: OutboundConfig;
  readonly drainMs: number;
  readonly logLevel: string;
}

/** Calls at once that a stock MikoPBX survives: it has about 97 RTP ports and a call takes two (facts section 6). */
const CALLS_MAX_DEFAULT = 40;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

function readAriUrl(reader: EnvironmentReader): string {
  const value = reader.text('ARI_URL') ?? 'http://127.0.0.1:8088';
  const full = /^[a-z]+:\/\//i.test(value) ? value : `http://${value}`;
  const expected = 'host:port or a URL such as http://127.0.0.1:8088';
  if (!URL.canParse(full)) {
    reader.problem('ARI_URL', expected, value);
    return '';
  }
  const url = new URL(full);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    reader.problem('ARI_URL', expected, redacted(url));
  } else if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
    reader.problem('ARI_URL', 'https:// unless the PBX has a loopback or private address', value);
  }
  if (url.username !== '' || url.password !== '') {
    reader.problem('ARI_URL', 'a URL without a user name and password', redacted(url));
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function readHandler(reader: EnvironmentReader): Handler {
  const voiceUrl = reader.url('VOICE_URL', 'https:', 'http:');
  const streamUrl = reader.url('STREAM_URL', 'wss:', 'ws:');
  const parameters: Record<string, string> = Object.fromEntries(
    new URLSearchParams(reader.text('STREAM_PARAMETERS') ?? ''),
  );
  const isVoiceSet = reader.text('VOICE_URL') !== undefined;
  const isStreamSet = reader.text('STREAM_URL') !== undefined;
  if (isVoiceSet === isStreamSet) {
    reader.problems.push(
      `exactly one of VOICE_URL (a Twilio voice webhook) and STREAM_URL (a Media Streams socket) must be set, got ${isVoiceSet ? 'both' : 'neither'}`,
    );
  }
  if (streamUrl !== undefined && URL.canParse(streamUrl) && new URL(streamUrl).search !== '') {
    reader.problem(
      'STREAM_URL',
      'a URL without a query (use STREAM_PARAMETERS; Twilio refuses it too, error 31920)',
      redacted(new URL(streamUrl)),
    );
  }
  if (isVoiceSet && Object.keys(parameters).length > 0) {
    reader.problems.push('STREAM_PARAMETERS goes with STREAM_URL; with VOICE_URL use <Parameter>');
  }
  return voiceUrl === undefined
    ? { kind: 'stream', url: streamUrl ?? '', parameters }
    : { kind: 'voice', url: voiceUrl };
}

function readPorts(reader: EnvironmentReader): PortRange {
  const value = reader.text('RTP_PORTS') ?? '20000-20199';
  const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(value) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (range.first < 1024 || range.last > 65_535 || range.last - range.first < 2) {
    reader.problem('RTP_PORTS', 'a range such as 20000-20199, from 1024 to 65535', value);
  }
  return range;
}

function readListen(reader: EnvironmentReader): Config['httpListen'] {
  const value = reader.text('HTTP_LISTEN') ?? '127.0.0.1:8790';
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = bracketed ?? plain ?? '';
  if (!isPrivateHost(host) || Number(port) > 65_535) {
    reader.problem(
      'HTTP_LISTEN',
      'a loopback or private ADDRESS:PORT such as 127.0.0.1:8790',
      value,
    );
  }
  return { host, port: Number(port) };
}

function readDialect(reader: EnvironmentReader): Dialect {
  const value = reader.text('DIALECT');
  if (value === undefined) return DEFAULT_DIALECT;
  const result = parseDialect(value);
  if (result.kind === 'dialect') return result.dialect;
  reader.problem('DIALECT', result.expected, value);
  return DEFAULT_DIALECT;
}

/** A webhook of ours to be asked or told by POST. */
function readWebhook(reader: EnvironmentReader, name: string): WebhookAddress | undefined {
  const url = reader.url(name, 'https:', 'http:');
  return url === undefined ? undefined : { url, method: 'POST' };
}

function readSay(reader: EnvironmentReader): SayEngine | undefined {
  const template = reader.text('SAY_COMMAND');
  const url = reader.url('SAY_URL', 'https:', 'http:');
  const token = reader.text('SAY_TOKEN');
  if (template !== undefined && url !== undefined) {
    reader.problems.push('only one of SAY_COMMAND and SAY_URL may be set, got both');
  }
  if (template !== undefined) {
    if (splitCommand(template) === undefined) {
      reader.problem(
        'SAY_COMMAND',
        'a command such as espeak-ng --stdout -v {language} {text}',
        template,
      );
    }
    return { kind: 'command', template };
  }
  if (url === undefined) return undefined;
  return token === undefined ? { kind: 'http', url } : { kind: 'http', url, token };
}

/** A dial string: something of Asterisk's, and the place of the number. */
function readEndpoint(
  reader: EnvironmentReader,
  name: string,
  fallback?: string,
): string | undefined {
  const value = reader.text(name) ?? fallback;
  if (value === undefined) return undefined;
  const hasPlace = /\{(?:number|e164|national|uri)\}/.test(value);
  if (!hasPlace || !/^[A-Za-z0-9]+\/[A-Za-z0-9{}@._:+/-]+$/.test(value)) {
    reader.problem(name, 'a dial string with {number}, such as PJSIP/{number}@TRUNK', value);
  }
  return value;
}

function readDialPlan(reader: EnvironmentReader): DialPlan {
  const digits = (name: string, fallback: string): string => {
    const value = reader.text(name);
    if (value === undefined) return fallback;
    if (!/^\d{0,5}$/.test(value)) reader.problem(name, 'up to 5 digits', value);
    return value;
  };
  return {
    countryCode: digits('OUTBOUND_COUNTRY_CODE', DIAL_PLAN_DEFAULT.countryCode ?? ''),
    nationalPrefix: digits('OUTBOUND_NATIONAL_PREFIX', DIAL_PLAN_DEFAULT.nationalPrefix),
    internationalPrefix: digits(
      'OUTBOUND_INTERNATIONAL_PREFIX',
      DIAL_PLAN_DEFAULT.internationalPrefix,
    ),
    accessPrefix: digits('OUTBOUND_ACCESS_PREFIX', DIAL_PLAN_DEFAULT.accessPrefix),
  };
}

function readOutbound(reader: EnvironmentReader): OutboundConfig {
  const plan = readDialPlan(reader);
  const { list, problems } = AllowList.parse(reader.text('OUTBOUND_ALLOW') ?? '');
  for (const problem of problems) reader.problem('OUTBOUND_ALLOW', ALLOW_LIST_EXPECTED, problem);
  const callerIds = (reader.text('OUTBOUND_CALLER_IDS') ?? '')
    .split(/[\s,]+/)
    .filter((each) => each !== '')
    .flatMap((each) => {
      const endpoint = parseEndpoint(each, plan);
      if (endpoint === undefined) {
        reader.problem('OUTBOUND_CALLER_IDS', 'numbers such as +60312345678', each);
      }
      return endpoint?.number ?? [];
    });
  const limits = RATE_LIMITS_DEFAULT;
  const callsPerSecond = reader.integer('OUTBOUND_CALLS_PER_SECOND', limits.callsPerSecond, 1, 50);
  const gapSeconds = limits.perNumberGapMs / 1000;
  return {
    plan,
    allowList: list,
    callerIds,
    endpoints: {
      external: readEndpoint(reader, 'OUTBOUND_ENDPOINT'),
      extension: readEndpoint(reader, 'EXTENSION_ENDPOINT', 'PJSIP/{number}'),
      sip: readEndpoint(reader, 'SIP_ENDPOINT'),
    },
    limits: {
      callsPerSecond,
      burst: Math.max(limits.burst, callsPerSecond),
      callsAtOnceMax: reader.integer('OUTBOUND_CALLS_MAX', limits.callsAtOnceMax, 1, 1000),
      perNumberPerHour: reader.integer(
        'OUTBOUND_PER_NUMBER_PER_HOUR',
        limits.perNumberPerHour,
        1,
        1000,
      ),
      perNumberGapMs: reader.integer('OUTBOUND_PER_NUMBER_GAP_SECONDS', gapSeconds, 0, 3600) * 1000,
      numbersMax: limits.numbersMax,
    },
  };
}

function isAny(value: string): boolean {
  return value.length > 0;
}

/** Parses all variables. Throws `CONFIG_INVALID`, whose message has one line for each problem. */
export function parseConfig(environment: Environment): Config {
  const reader = new EnvironmentReader(environment);
  const ports = readPorts(reader);
  const portCount = Math.floor((ports.last - ports.first) / 2) + 1;
  const httpListen = readListen(reader);
  const listenHost = httpListen.host.includes(':') ? `[${httpListen.host}]` : httpListen.host;
  const publicUrl = reader.url('PUBLIC_URL', 'https:', 'http:');
  const voiceFallback = readWebhook(reader, 'VOICE_FALLBACK_URL');
  const statusCallback = readWebhook(reader, 'STATUS_CALLBACK_URL');
  const config: Config = {
    ari: {
      url: readAriUrl(reader),
      username: reader.required('ARI_USERNAME', 'the name of an ARI user', isAny),
      password: reader.required('ARI_PASSWORD', "that ARI user's password", isAny, true),
      app: reader.text('ARI_APP') ?? 'patchcord',
    },
    handler: readHandler(reader),
    ...(voiceFallback === undefined ? {} : { voiceFallback }),
    ...(statusCallback === undefined
      ? {}
      : { statusCallback: { ...statusCallback, events: ['completed'] } }),
    dialect: readDialect(reader),
    accountSid: reader.required(
      'ACCOUNT_SID',
      'AC and 32 hexadecimal digits, as the handler knows it',
      (value) => isSid('AC', value),
    ),
    authToken: reader.required(
      'AUTH_TOKEN',
      'the secret of at least 16 characters that the handler checks signatures with',
      (value) => value.length >= 16,
      true,
    ),
    rtp: { host: reader.text('RTP_HOST') ?? '127.0.0.1', ports },
    callsMax: reader.integer('MAX_CALLS', Math.min(CALLS_MAX_DEFAULT, portCount), 1, portCount),
    httpListen,
    publicUrl: (publicUrl ?? `http://${listenHost}:${httpListen.port}`).replace(/\/+$/, ''),
    dataDirectory:
      reader.text('DATA_DIRECTORY') ?? reader.text('STATE_DIRECTORY') ?? '/var/lib/patchcord',
    say: readSay(reader),
    outbound: readOutbound(reader),
    drainMs: reader.integer('DRAIN_SECONDS', 600, 0, 86_400) * 1000,
    logLevel: reader.text('LOG_LEVEL') ?? 'info',
  };
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(config.ari.app)) {
    reader.problem('ARI_APP', '1 to 40 letters, digits, _ or -', config.ari.app);
  }
  if (isIP(config.rtp.host) === 0) {
    reader.problem('RTP_HOST', 'an IP address of this machine the PBX can reach', config.rtp.host);
  }
  if (!LOG_LEVELS.includes(config.logLevel)) {
    reader.problem('LOG_LEVEL', `one of ${LOG_LEVELS.join(', ')}`, config.logLevel);
  }
  if (reader.problems.length > 0) {
    throw new RelayError('CONFIG_INVALID', reader.problems.join('\n'));
  }
  return Object.freeze(config);
}

/**
 * Reads the environment, over the file where there is one. A file that was named must exist; the default one may be missing.
 */
export function loadConfig(file: string | undefined): Config {
  let fromFile: Environment = {};
  try {
    fromFile = parseEnv(readFileSync(file ?? CONFIG_FILE, 'utf8'));
  } catch (error) {
    if (file !== undefined) {
      throw new RelayError('CONFIG_UNREADABLE', `${file} cannot be read`, { cause: error });
    }
  }
  return parseConfig({ ...fromFile, ...process.env });
}
