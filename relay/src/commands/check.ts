/** `patchcord-relay check`: the doctor. Every precondition with a tick or a cross, what it means and the exact fix. */

import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { loadConfig, type Config } from '../config.ts';
import { describeError, RelayError } from '../core/error.ts';
import type { AriHttp } from '../io/ari/http.ts';
import { asteriskInfoSchema } from '../io/ari/models.ts';
import { isModuleRunning, loadMediaModules } from '../io/ari/modules.ts';
import { findAri } from '../io/ari/prefix.ts';
import { RtpSocket } from '../io/rtp-socket.ts';
import { examineData, examineOutbound, examineVoice } from './examine-services.ts';
import type { Finding } from './finding.ts';

const CONNECT_TIMEOUT_MS = 5000;

/** Looks at everything, prints it, answers 1 where there is a cross. */
export async function check(envFile: string | undefined, isJson: boolean): Promise<number> {
  const findings: Finding[] = [];
  for await (const finding of examine(envFile)) {
    findings.push(finding);
    if (!isJson) process.stdout.write(format(finding));
  }
  const isGood = findings.every((finding) => finding.isGood);
  if (isJson) process.stdout.write(`${JSON.stringify({ ok: isGood, findings }, undefined, 2)}\n`);
  else
    process.stdout.write(
      isGood ? '\nAll good.\n' : '\nMend the crosses above, then run it again.\n',
    );
  return isGood ? 0 : 1;
}

function format({ name, isGood, detail, fix }: Finding): string {
  const fixLine = fix === undefined ? '' : `    → ${fix}\n`;
  return `${isGood ? '✓' : '✗'} ${name}: ${detail.replaceAll('\n', '\n    ')}\n${fixLine}`;
}

async function* examine(envFile: string | undefined): AsyncGenerator<Finding> {
  let config: Config;
  try {
    config = loadConfig(envFile);
  } catch (error) {
    const fix = 'set the variables named above in the environment or in /etc/patchcord/relay.env';
    yield { name: 'configuration', isGood: false, detail: describeError(error), fix };
    return;
  }
  yield { name: 'configuration', isGood: true, detail: 'complete' };
  yield* examineAsterisk(config);
  yield await examinePorts(config);
  yield await examineHandler(config.handler.url);
  yield await examineData(config);
  yield await examineVoice(config);
  yield examineOutbound(config);
}

async function* examineAsterisk({ ari: options }: Config): AsyncGenerator<Finding> {
  let ari: AriHttp;
  try {
    ari = await findAri(options.url, options);
  } catch (error) {
    yield {
      name: 'ARI',
      isGood: false,
      detail: describeError(error),
      fix: ariFix(error, options.url),
    };
    return;
  }
  const { system } = await ari.get('/asterisk/info', asteriskInfoSchema, { only: 'system' });
  yield { name: 'ARI', isGood: true, detail: `Asterisk ${system.version} at ${ari.baseUrl}` };

  const hasStasis = await isModuleRunning(ari, 'app_stasis.so');
  yield hasStasis
    ? { name: 'Stasis()', isGood: true, detail: 'app_stasis.so is running' }
    : {
        name: 'Stasis()',
        isGood: false,
        detail: 'app_stasis.so is not running: the dialplan cannot hand calls to the relay',
        fix: "load it: asterisk -rx 'module load app_stasis.so' (MikoPBX: update to 2026.1.198 or later)",
      };
  try {
    const loaded = await loadMediaModules(ari);
    const detail =
      loaded.length === 0 ? 'chan_rtp.so is running' : `loaded ${loaded.join(' and ')} just now`;
    yield { name: 'external media', isGood: true, detail };
  } catch (error) {
    const fix = 'install the missing module; without it no call can reach the relay';
    yield { name: 'external media', isGood: false, detail: describeError(error), fix };
  }
  const hasUlaw = await isModuleRunning(ari, 'codec_ulaw.so');
  yield hasUlaw
    ? { name: 'µ-law', isGood: true, detail: 'codec_ulaw.so is running' }
    : {
        name: 'µ-law',
        isGood: false,
        detail: 'codec_ulaw.so is not running: calls with another codec would be silent',
        fix: "enable ulaw on MikoPBX's Codecs page, or asterisk -rx 'module load codec_ulaw.so'",
      };
}

function ariFix(error: unknown, url: string): string {
  switch (error instanceof RelayError ? error.code : '') {
    case 'ARI_UNAUTHORIZED':
      return 'correct ARI_USERNAME and ARI_PASSWORD (MikoPBX: System, ARI users)';
    case 'ARI_DISABLED':
      return 'MikoPBX: System, General settings, ARI, enable; Asterisk: enabled=yes in ari.conf';
    default:
      return `check that Asterisk's HTTP server listens at ${url} (http.conf: enabled=yes, bindaddr) and no firewall is between`;
  }
}

async function examinePorts({ rtp, callsMax }: Config): Promise<Finding> {
  const { first, last } = rtp.ports;
  const name = 'RTP ports';
  try {
    for (const port of [first + (first % 2), last - (last % 2)]) {
      const socket = await RtpSocket.bind(rtp.host, port, { onDatagram() {}, onError() {} });
      await socket.close();
    }
  } catch (error) {
    return {
      name,
      isGood: false,
      detail: `cannot bind ${rtp.host} ports ${first}-${last}: ${describeError(error)}`,
      fix: 'RTP_HOST must be an address of this machine, and nothing else may use RTP_PORTS (a running relay does)',
    };
  }
  return { name, isGood: true, detail: `${rtp.host} ${first}-${last}, at most ${callsMax} calls` };
}

async function examineHandler(url: string): Promise<Finding> {
  const { protocol, hostname, port } = new URL(url);
  const isTls = protocol === 'https:' || protocol === 'wss:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const target = { host, port: Number(port) || (isTls ? 443 : 80) };
  const name = 'handler';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = isTls
    ? connectTls({ ...target, servername: host, timeout: CONNECT_TIMEOUT_MS }, resolve)
    : connectTcp({ ...target, timeout: CONNECT_TIMEOUT_MS }, resolve);
  socket.once('error', reject);
  socket.once('timeout', () => reject(new Error('no answer in time')));
  try {
    await promise;
    return { name, isGood: true, detail: `${target.host}:${target.port} answers` };
  } catch (error) {
    const fix = 'start the handler, or correct VOICE_URL or STREAM_URL';
    const detail = `${target.host}:${target.port}: ${describeError(error)}`;
    return { name, isGood: false, detail, fix };
  } finally {
    socket.destroy();
  }
}
