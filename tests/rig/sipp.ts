import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaseRtpRange } from './rtp-range.ts';

/** Calls to place with sipp. */
export interface SippOptions {
  readonly sipPort: number;
  readonly extension: string;
  /** Calls in all. */
  readonly calls: number;
  /** Calls at once, default all of them. */
  readonly callsAtOnce?: number;
  /** New calls per second, default 10. */
  readonly ratePerSecond?: number;
  /** From the ACK to the BYE, default 5000. */
  readonly durationMs?: number;
  /** µ-law that each caller plays, over and over; without it callers send nothing. */
  readonly audio?: Uint8Array;
  /** True when the PBX hangs up within the duration and callers wait for it. */
  readonly waitsForBye?: boolean;
}

const ERROR_CHARS = 2000;

/** How the calls went, by sipp's own count. */
export interface SippResult {
  readonly successful: number;
  readonly failed: number;
  /** 0: every call went through. */
  readonly exitCode: number;
  readonly elapsedMs: number;
  /** Where the callers' RTP comes from and goes to. sipp 3.6.1 has one port for all callers: tell streams by SSRC. */
  readonly rtpPort: number;
  /** The end of sipp's error log, empty when there was none. */
  readonly errors: string;
}

/** Places real calls and waits until they are over. Throws only when sipp cannot run; failed calls are in the result. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-sipp-'));
  const ports = await leaseRtpRange('sipp');
  const rate = options.ratePerSecond ?? 10;
  const durationMs = options.durationMs ?? 5000;
  try {
    await writeFile(join(folder, 'call.xml'), buildScenario(options));
    if (options.audio !== undefined) await writeFile(join(folder, 'audio.ulaw'), options.audio);
    const rampMs = (options.calls / rate) * 1000;
    const rounds = Math.ceil(options.calls / (options.callsAtOnce ?? options.calls));
    const timeoutSeconds = Math.ceil((rampMs + rounds * (durationMs + 2000)) / 1000) + 30;
    const startedAt = performance.now();
    const args = [
      [`127.0.0.1:${options.sipPort}`, '-sf', 'call.xml', '-s', options.extension],
      ['-i', '127.0.0.1', '-mi', '127.0.0.1', '-mp', String(ports.firstPort)],
      ['-m', String(options.calls), '-l', String(options.callsAtOnce ?? options.calls)],
      ['-r', String(rate), '-d', String(durationMs), '-timeout', String(timeoutSeconds)],
      ['-nostdin', '-trace_stat', '-stf', 'stat.csv', '-fd', '1'],
      ['-trace_err', '-error_file', 'errors.log'],
    ];
    const exitCode = await run(folder, args.flat());
    const elapsedMs = performance.now() - startedAt;
    const counts = parseStatistics(await readFile(join(folder, 'stat.csv'), 'utf8'));
    const errorLog = join(folder, 'errors.log');
    const errors = existsSync(errorLog) ? errorsIn(await readFile(errorLog, 'utf8')) : '';
    return { ...counts, exitCode, elapsedMs, rtpPort: ports.firstPort, errors };
  } finally {
    await ports.release();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The end of sipp's error log, less what is none: a call that was over, and well, is told once more that it is, as its goodbye was
 * sent twice (RFC 3261 section 17.1.2.1: after 500 ms without an answer).
 */
export function errorsIn(log: string): string {
  return log
    .split(/^(?=\d{4}-\d\d-\d\d\t)/mu)
    .filter(
      (entry) => !/^[^\n]*: Dead call \S+ \(successful\), received 'SIP\/2\.0 200 /u.test(entry),
    )
    .join('')
    .slice(-ERROR_CHARS);
}

/** Runs sipp without a terminal. Throws with its words when it placed no call at all. */
async function run(folder: string, args: readonly string[]): Promise<number> {
  const child = spawn('sipp', args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TERM: 'dumb' },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('close', (code) => resolve(code ?? -1));
  try {
    const exitCode = await promise;
    if (!existsSync(join(folder, 'stat.csv'))) throw new Error(`sipp exited ${exitCode}: ${said}`);
    return exitCode;
  } finally {
    process.off('exit', kill);
  }
}

/** Successful and failed calls of the last line of sipp's statistics (semicolons, headings first). */
export function parseStatistics(csv: string): { successful: number; failed: number } {
  const lines = csv.trim().split('\n');
  const headings = lines[0]?.split(';') ?? [];
  const values = lines.at(-1)?.split(';') ?? [];
  const read = (heading: string) => Number(values[headings.indexOf(heading)] ?? Number.NaN);
  return { successful: read('SuccessfulCall(C)'), failed: read('FailedCall(C)') };
}

function buildScenario({ audio, waitsForBye }: SippOptions): string {
  const play =
    audio === undefined ? '' : '<nop><action><exec rtp_stream="audio.ulaw,-1,0"/></action></nop>';
  const sdp = `
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [media_ip]
    t=0 0
    m=audio [rtpstream_audio_port] RTP/AVP 0 101
    a=rtpmap:0 PCMU/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-16
    a=ptime:20
`;
  const end = waitsForBye
    ? `<recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>`
    : `<pause/>
  <send retrans="500"><![CDATA[${buildRequest('BYE', '2')}
  ]]></send>
  <recv response="200"/>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="patchcord caller">
  <send retrans="500"><![CDATA[${buildRequest('INVITE', '1', sdp)}
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[${buildRequest('ACK', '1')}
  ]]></send>
  ${play}
  ${end}
</scenario>
`;
}

/** One request, with its empty line and body in `rest`. */
function buildRequest(method: string, cseq: string, rest = '\n    Content-Length: 0\n'): string {
  return `
    ${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp[call_number]@[local_ip]:[local_port]>;tag=[pid]s[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>${method === 'INVITE' ? '' : '[peer_tag_param]'}
    Call-ID: [call_id]
    CSeq: ${cseq} ${method}
    Contact: <sip:sipp@[local_ip]:[local_port]>
    Max-Forwards: 70${rest}`;
}
