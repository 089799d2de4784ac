/**
 * Many calls at once through a real Asterisk and the relay, in one capture with a stream that nothing has touched. What it found
 * is for others to judge: `tests/e2e/load.test.ts` what was lost or left, `pnpm bench load` the time.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { CountingEcho } from '../../e2e/counting-echo.ts';
import { raisePriority } from '../../e2e/priority.ts';
import { openFilesOf, rssBytesOf, type OpenFiles } from '../../e2e/process-status.ts';
import { RelayProcess, type Metrics } from '../../e2e/relay-process.ts';
import { startAsteriskPbx, type AsteriskPbx } from '../../rig/asterisk-pbx.ts';
import { bindUdp, closeUdp } from '../../rig/free-ports.ts';
import { runSipp, type SippResult } from '../../rig/sipp.ts';
import { startCapture, type CapturedStream } from '../../rig/tshark.ts';
import { forkChild } from '../relay/child.ts';
import { Children } from '../relay/run.ts';

const RAMP_PER_SECOND = 10;
const POLL_MS = 250;

/** Speech-like: every byte differs from its neighbours, none is silence. */
const AUDIO = Uint8Array.from({ length: 8000 }, (_, i) => 1 + ((i * 11) % 120));

export interface LoadOptions {
  readonly calls: number;
  /** How long they are all there together. */
  readonly seconds: number;
}

/** One direction of all calls, by tshark. */
export interface CapturedLeg {
  readonly streams: readonly CapturedStream[];
  readonly packets: number;
  readonly lost: number;
  /** Mean over the streams of each one's mean, RFC 3550 A.8. */
  readonly jitterMsMean: number;
  readonly gapMsMax: number;
}

export interface LoadRun {
  readonly asterisk: string;
  readonly callers: SippResult;
  /** What Asterisk sends to the phones, and the two directions between Asterisk and relay. */
  readonly toPhones: CapturedLeg;
  readonly toRelay: CapturedLeg;
  readonly fromRelay: CapturedLeg;
  /** The stream that nothing has touched. */
  readonly control: CapturedLeg;
  /** Packets that the capture missed. */
  readonly dropped: number;
  /** Of the relay, when the calls were over. */
  readonly metrics: Metrics;
  readonly handler: Pick<CountingEcho, 'framesIn' | 'holes' | 'openStreams'>;
  /** Warnings and errors that the relay logged. */
  readonly codes: readonly string[];
  readonly rssBytes: number;
  /** What is still there some seconds after the last call. */
  readonly leftovers: Awaited<ReturnType<AsteriskPbx['leftovers']>>;
  readonly filesBefore: OpenFiles;
  readonly filesAfter: OpenFiles;
  /** Of the relay, after SIGTERM. */
  readonly exitCode: number | null;
}

/** Needs Asterisk 22, sipp and tshark; all of it, the control too, at one raised priority where that is allowed. */
export async function runLoad({ calls, seconds }: LoadOptions): Promise<LoadRun> {
  using _priority = raisePriority();
  await using handler = await CountingEcho.start();
  await using pbx = await startAsteriskPbx({ major: 22, shape: 'mikopbx' });
  await using relay = await RelayProcess.start(pbx, {
    STREAM_URL: handler.streamUrl,
    MAX_CALLS: String(calls),
    LOG_LEVEL: 'warn',
  });
  const filesBefore = openFilesOf(relay.pid);
  const { firstPort, lastPort } = pbx.asterisk.rtpRange;
  const sink = await bindUdp(0);
  const controlPort = sink.address().port;
  const capture = await startCapture(
    `udp portrange ${firstPort}-${lastPort} or udp dst port ${controlPort}`,
  );
  let callers: SippResult;
  {
    await using children = new Children();
    children.add(forkChild('../load/pacer.ts', [String(controlPort)]));
    callers = await runSipp({
      sipPort: pbx.asterisk.sipPort,
      extension: '999',
      calls,
      ratePerSecond: RAMP_PER_SECOND,
      durationMs: (seconds + calls / RAMP_PER_SECOND) * 1000,
      audio: AUDIO,
    });
  }
  const leftovers = await settled(
    () => pbx.leftovers(),
    ({ channels, bridges }) => channels.length + bridges.length === 0,
    10_000,
  );
  const { streams, dropped } = await capture.stop();
  await closeUdp(sink);
  const metrics = await relay.metrics();
  const rssBytes = rssBytesOf(relay.pid);
  // Idle connections of the HTTP clients close after some seconds.
  const filesAfter = await settled(
    async () => openFilesOf(relay.pid),
    ({ udpSockets, tcpSockets }) => udpSockets === 0 && tcpSockets <= filesBefore.tcpSockets,
    20_000,
  );

  const [relayFirst = 0, relayLast = 0] = (relay.environment['RTP_PORTS'] ?? '')
    .split('-')
    .map(Number);
  const isOfRelay = (port: number): boolean => port >= relayFirst && port <= relayLast;
  return {
    asterisk: pbx.name,
    callers,
    toPhones: legOf(streams.filter((stream) => stream.destinationPort === callers.rtpPort)),
    toRelay: legOf(streams.filter(({ destinationPort }) => isOfRelay(destinationPort))),
    fromRelay: legOf(streams.filter(({ sourcePort }) => isOfRelay(sourcePort))),
    control: legOf(streams.filter(({ destinationPort }) => destinationPort === controlPort)),
    dropped,
    metrics,
    handler: {
      framesIn: handler.framesIn,
      holes: handler.holes,
      openStreams: handler.openStreams,
    },
    codes: relay.codes,
    rssBytes,
    leftovers,
    filesBefore,
    filesAfter,
    exitCode: await relay.stop(),
  };
}

/** The figures of a run, to be read beside one another. */
export function figuresOf(run: LoadRun): Readonly<Record<string, unknown>> {
  const { toPhones, toRelay, fromRelay, control, metrics } = run;
  return {
    asterisk: run.asterisk,
    successful: run.callers.successful,
    failed: run.callers.failed,
    packetsToPhones: toPhones.packets,
    lostToPhones: toPhones.lost,
    packetsFromRelay: fromRelay.packets,
    lostFromRelay: fromRelay.lost,
    packetsToRelay: toRelay.packets,
    relayIn: metrics.of('rtp_in_packets_total'),
    relayLost: metrics.of('rtp_in_lost_total'),
    relayLate: metrics.of('rtp_in_late_total'),
    handlerFrames: run.handler.framesIn,
    handlerHoles: run.handler.holes,
    jitterMsMean: round(toPhones.jitterMsMean),
    jitterMsMeanOfRelay: round(fromRelay.jitterMsMean),
    jitterMsMeanOfControl: round(control.jitterMsMean),
    jitterMsWorstStreamMean: Math.max(...toPhones.streams.map((stream) => stream.jitterMsMean)),
    gapMsMax: toPhones.gapMsMax,
    gapMsMaxOfControl: control.gapMsMax,
    tickLatenessMsP99: metrics.of('clock_lateness_ms_p99'),
    skippedSlots: metrics.of('clock_skipped_slots_total'),
    rssMb: Math.round(run.rssBytes / 2 ** 20),
  };
}

function legOf(streams: readonly CapturedStream[]): CapturedLeg {
  const sum = (measure: (stream: CapturedStream) => number): number =>
    streams.reduce((total, stream) => total + measure(stream), 0);
  return {
    streams,
    packets: sum(({ packets }) => packets),
    lost: sum(({ lost }) => lost),
    jitterMsMean: sum(({ jitterMsMean }) => jitterMsMean) / streams.length,
    gapMsMax: Math.max(...streams.map(({ deltaMsMax }) => deltaMsMax)),
  };
}

/** What `read` answers when `isDone` likes it, or at the latest after `timeoutMs`. */
async function settled<T>(
  read: () => Promise<T>,
  isDone: (value: T) => boolean,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isDone(value) || performance.now() > deadline) return value;
    await delay(POLL_MS);
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
