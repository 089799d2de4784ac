import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_DIALECT } from '@patchcord/shared/media-streams/dialect';
import { parseConfig } from './config.ts';
import { AllowList } from './core/outbound/allow-list.ts';
import { DIAL_PLAN_DEFAULT } from '@patchcord/shared/dialling/dial-plan';
import { RATE_LIMITS_DEFAULT } from './core/outbound/rate-limit.ts';
import { RelayError } from './core/error.ts';

const GOOD = {
  ARI_USERNAME: 'relay',
  ARI_PASSWORD: 'secret-password',
  STREAM_URL: 'wss://handler.example/media',
  ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  AUTH_TOKEN: '0123456789abcdef',
};

function problems(changes: Readonly<Record<string, string>>): string[] {
  try {
    parseConfig({ ...GOOD, ...changes });
    return [];
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== 'CONFIG_INVALID') throw error;
    return error.message.split('\n');
  }
}

test('the five that are needed; everything else has its documented default', () => {
  expect(parseConfig(GOOD)).toEqual({
    ari: {
      url: 'http://127.0.0.1:8088',
      username: 'relay',
      password: 'secret-password',
      app: 'patchcord',
    },
    handler: { kind: 'stream', url: 'wss://handler.example/media', parameters: {} },
    accountSid: GOOD.ACCOUNT_SID,
    authToken: GOOD.AUTH_TOKEN,
    rtp: { host: '127.0.0.1', ports: { first: 20_000, last: 20_199 } },
    callsMax: 40,
    httpListen: { host: '127.0.0.1', port: 8790 },
    publicUrl: 'http://127.0.0.1:8790',
    dataDirectory: '/var/lib/patchcord',
    dialect: DEFAULT_DIALECT,
    say: undefined,
    outbound: {
      plan: DIAL_PLAN_DEFAULT,
      allowList: AllowList.parse('').list,
      callerIds: [],
      endpoints: { external: undefined, extension: 'PJSIP/{number}', sip: undefined },
      limits: RATE_LIMITS_DEFAULT,
    },
    drainMs: 600_000,
    logLevel: 'info',
  });
});

test('nothing set: every missing variable is named at once', () => {
  const missing = ['ARI_USERNAME', 'ARI_PASSWORD', 'VOICE_URL', 'ACCOUNT_SID', 'AUTH_TOKEN'];
  try {
    parseConfig({});
    expect.unreachable();
  } catch (error) {
    for (const name of missing) expect(String(error)).toContain(name);
  }
});

describe('accepted', () => {
  test.each([
    [
      'host and port are enough for ARI',
      { ARI_URL: '10.0.0.5:8088' },
      { ari: { url: 'http://10.0.0.5:8088' } },
    ],
    [
      'a prefix',
      { ARI_URL: 'http://127.0.0.1:8088/asterisk/' },
      { ari: { url: 'http://127.0.0.1:8088/asterisk' } },
    ],
    [
      'plain ws on loopback',
      { STREAM_URL: 'ws://127.0.0.1:8787/m' },
      { handler: { url: 'ws://127.0.0.1:8787/m' } },
    ],
    [
      'parameters',
      { STREAM_PARAMETERS: 'a=1&b=x%20y' },
      { handler: { parameters: { a: '1', b: 'x y' } } },
    ],
    [
      'IPv6',
      { RTP_HOST: '::1', HTTP_LISTEN: '[::1]:8790' },
      { httpListen: { host: '::1', port: 8790 } },
    ],
    [
      'a callback and a fall-back of ours',
      { STATUS_CALLBACK_URL: 'https://h.example/s', VOICE_FALLBACK_URL: 'https://h.example/f' },
      {
        statusCallback: { url: 'https://h.example/s', method: 'POST', events: ['completed'] },
        voiceFallback: { url: 'https://h.example/f', method: 'POST' },
      },
    ],
    [
      "systemd's state directory",
      { STATE_DIRECTORY: '/var/lib/x' },
      { dataDirectory: '/var/lib/x' },
    ],
    [
      'caller IDs in one spelling',
      { OUTBOUND_CALLER_IDS: '03-12345678, 100' },
      { outbound: { callerIds: ['+60312345678', '100'] } },
    ],
    ['few ports cap the calls', { RTP_PORTS: '20000-20009' }, { callsMax: 5 }],
  ])('%s', (_name, changes, expected) => {
    expect(parseConfig({ ...GOOD, ...changes })).toMatchObject(expected);
  });
});

describe('refused, with variable, expectation and value', () => {
  test.each([
    ['ARI_URL', 'http://pbx.example:8088', 'https://'],
    ['ARI_URL', 'http://', 'host:port'],
    ['ARI_URL', 'http://user:hunter2@127.0.0.1:8088', 'without a user name'],
    ['STREAM_URL', 'ws://handler.example/m', 'wss:'],
    ['STREAM_URL', 'https://handler.example/m', 'wss:'],
    ['STREAM_URL', 'wss://handler.example/m?key=hunter2', 'without a query'],
    ['STREAM_URL', 'nonsense', 'wss:'],
    ['DIALECT', 'closeCode=1', '1000 to 4999'],
    ['OUTBOUND_ALLOW', '+6*0', 'patterns such as'],
    ['OUTBOUND_ENDPOINT', 'PJSIP/trunk', '{number}'],
    ['OUTBOUND_ENDPOINT', 'PJSIP/{number}&Local/999@outgoing', '{number}'],
    ['OUTBOUND_CALLER_IDS', 'me', 'numbers such as'],
    ['OUTBOUND_COUNTRY_CODE', '+60', '5 digits'],
    ['OUTBOUND_CALLS_MAX', '0', '1 to 1000'],
    ['SAY_COMMAND', 'espeak-ng "', 'espeak-ng'],
    ['STATUS_CALLBACK_URL', 'http://h.example/', 'https:'],
    ['ACCOUNT_SID', 'AC12', '32 hexadecimal'],
    ['AUTH_TOKEN', 'hunter2', '16 characters'],
    ['ARI_APP', 'a.b', 'letters'],
    ['RTP_HOST', 'pbx.local', 'IP address'],
    ['RTP_PORTS', '20000', 'range'],
    ['RTP_PORTS', '20010-20000', 'range'],
    ['RTP_PORTS', '1-70000', 'range'],
    ['MAX_CALLS', '0', 'integer from 1 to 100'],
    ['MAX_CALLS', '101', 'integer from 1 to 100'],
    ['MAX_CALLS', '4.5', 'integer'],
    ['HTTP_LISTEN', '0.0.0.0:8790', 'loopback'],
    ['HTTP_LISTEN', '8790', 'ADDRESS:PORT'],
    ['DRAIN_SECONDS', 'soon', 'integer'],
    ['LOG_LEVEL', 'loud', 'one of'],
  ])('%s=%s', (name, value, expectation) => {
    const found = problems({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(name);
    expect(found[0]).toContain(expectation);
    expect(found[0]).not.toContain('hunter2');
  });

  test('both handlers, or parameters without a stream', () => {
    expect(problems({ VOICE_URL: 'https://a.example/voice' })[0]).toContain('got both');
    expect(
      problems({ STREAM_URL: '', VOICE_URL: 'https://a.example/v', STREAM_PARAMETERS: 'a=1' })[0],
    ).toContain('STREAM_PARAMETERS');
  });
});

test('any environment gives a configuration or named problems', () => {
  const names = fc.constantFrom(
    'ARI_URL',
    'STREAM_URL',
    'VOICE_URL',
    'STREAM_PARAMETERS',
    'RTP_HOST',
    'RTP_PORTS',
    'MAX_CALLS',
    'HTTP_LISTEN',
    'ACCOUNT_SID',
  );
  fc.assert(
    fc.property(
      fc.dictionary(names, fc.oneof(fc.webUrl(), fc.string(), fc.ipV4(), fc.ipV6())),
      (changes) => {
        for (const problem of problems(changes))
          expect(problem).toMatch(/^[A-Z_]+ (must|goes)|^exactly one/);
      },
    ),
  );
});
