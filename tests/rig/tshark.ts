import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One RTP stream as tshark's `rtp,streams` judges it: one SSRC from one port to another. */
export interface CapturedStream {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Such as `0x451FDEA3`. */
  readonly ssrc: string;
  /** tshark's name, such as `g711U`. */
  readonly payload: string;
  readonly packets: number;
  readonly lost: number;
  /** Between two packets; undefined where this tshark does not say (before 4.0). */
  readonly deltaMsMean: number | undefined;
  readonly deltaMsMax: number;
  readonly jitterMsMean: number;
  readonly jitterMsMax: number;
}

/** Everything captured. */
export interface CaptureResult {
  readonly streams: readonly CapturedStream[];
  /** Packets that the capture itself missed: with any, losses prove nothing. */
  readonly dropped: number;
}

/** A capture under way. */
export interface Capture {
  /** Ends it and judges it. */
  stop(): Promise<CaptureResult>;
}

/**
 * Captures UDP on the loopback interface. `filter` is pcap's, such as `udp portrange 20400-21400`; keep it narrow, so that
 * nothing else that runs here gets in. Done when packets are being captured. Needs root and Debian's tshark.
 */
export async function startCapture(filter: string): Promise<Capture> {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-capture-'));
  const file = join(folder, 'capture.pcapng');
  // 32 MB of kernel buffer: 100 calls of 200 packets a second for a second and more.
  const child = spawn('dumpcap', ['-i', 'lo', '-B', '32', '-f', filter, '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
    // It names the file once the capture is open.
    if (/^File: /m.test(said)) ready.resolve();
  });
  child.once('error', ready.reject);
  child.once('close', () => {
    process.off('exit', kill);
    ready.reject(new Error(`dumpcap ended: ${said}`));
    closed.resolve();
  });
  try {
    await ready.promise;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    async stop() {
      child.kill('SIGINT');
      await closed.promise;
      const dropped = Number(/dropped on interface '[^']*': \d+\/(\d+)/.exec(said)?.[1] ?? 0);
      try {
        const { stdout } = await run(
          'tshark',
          ['-r', file, '-q', '--enable-heuristic', 'rtp_udp', '-z', 'rtp,streams'],
          { maxBuffer: 64 << 20 },
        );
        return { streams: parseStreams(stdout), dropped };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/**
 * Reads tshark's table. Its columns differ by version (3.x has no minima and means of delta), so the headings decide. Throws
 * when there is no heading it knows; lines that are no streams are passed over.
 */
export function parseStreams(table: string): CapturedStream[] {
  const lines = table.split('\n');
  const heading = lines.find((line) => line.includes('SSRC') && line.includes('Pkts'));
  if (heading === undefined) throw new Error(`no table of RTP streams:\n${table.slice(0, 500)}`);
  const measures = [...heading.matchAll(/(Min|Mean|Max) (Delta|Jitter)/g)].map(([name]) => name);
  const pattern =
    /^\s*[\d.]+\s+[\d.]+\s+\S+\s+(\d+)\s+\S+\s+(\d+)\s+(0x[0-9A-Fa-f]+)\s+(.+?)\s+(\d+)\s+(-?\d+) \([^)]*\)\s+(.*)$/;
  return lines.flatMap((line) => {
    const found = pattern.exec(line);
    if (found === null) return [];
    const [, source, destination, ssrc = '', payload = '', packets, lost, rest = ''] = found;
    const numbers = rest.trim().split(/\s+/).map(Number);
    const measure = (name: string): number | undefined => numbers[measures.indexOf(name)];
    return [
      {
        sourcePort: Number(source),
        destinationPort: Number(destination),
        ssrc,
        payload,
        packets: Number(packets),
        lost: Number(lost),
        deltaMsMean: measure('Mean Delta'),
        deltaMsMax: measure('Max Delta') ?? Number.NaN,
        jitterMsMean: measure('Mean Jitter') ?? Number.NaN,
        jitterMsMax: measure('Max Jitter') ?? Number.NaN,
      },
    ];
  });
}
