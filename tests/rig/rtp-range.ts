import type { Socket } from 'node:dgram';
import { bindUdp, closeUdp } from './free-ports.ts';

/** UDP ports an Asterisk takes its RTP and RTCP from, both ends included. */
export interface RtpRange {
  readonly firstPort: number;
  readonly lastPort: number;
}

/** A range that no other process of the rig uses until it is given back. */
export interface LeasedRtpRange extends RtpRange {
  release(): Promise<void>;
}

/** Ranges of one width, side by side, to choose from. */
interface RangePlan {
  readonly firstPort: number;
  readonly width: number;
  readonly count: number;
}

/**
 * Below 32768, where Linux begins to hand out ports by itself, and clear of the relay's 20000-20199.
 * MikoPBX's range is 10000-10200; parallel instances get the same width further up.
 */
const RANGE_PLANS = {
  mikopbx: { firstPort: 10_000, width: 201, count: 39 },
  plain: { firstPort: 20_400, width: 1001, count: 8 },
  sipp: { firstPort: 28_600, width: 9, count: 100 },
} as const satisfies Record<string, RangePlan>;

/**
 * Leases the first free range of a plan. The lease is a socket bound just above the range, so the kernel ends it with the
 * process that holds it, however that one dies.
 */
export async function leaseRtpRange(plan: keyof typeof RANGE_PLANS): Promise<LeasedRtpRange> {
  const { firstPort: start, width, count } = RANGE_PLANS[plan];
  for (let index = 0; index < count; index++) {
    const firstPort = start + index * (width + 1);
    const lastPort = firstPort + width - 1;
    const guard = await tryBind(lastPort + 1);
    if (guard === undefined) continue;
    guard.unref();
    return { firstPort, lastPort, release: () => closeUdp(guard) };
  }
  throw new Error(`all ${count} RTP ranges of shape "${plan}" are in use on this machine`);
}

async function tryBind(port: number): Promise<Socket | undefined> {
  try {
    return await bindUdp(port);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
