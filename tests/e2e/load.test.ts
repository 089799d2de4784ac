/**
 * Forty callers at once for a minute: none fails, nothing is lost or left. How evenly they hear is measured by `pnpm bench load`,
 * because a host that gives its CPU to others is no fault of ours; the figures of this run are in `out/e2e/load.json`.
 */

import { describe, expect, test } from 'vitest';
import { figuresOf, runLoad } from '../bench/load/run.ts';
import { requireAsterisk, requirePackages } from '../rig/requirement.ts';
import { report } from './report.ts';

const needs = [await requireAsterisk(22), await requirePackages('sip-tester', 'tshark')];
const isAvailable = needs.every(({ available }) => available);
const reason = needs.map((need) => need.reason ?? '').join(' ');

const CALLS = 40;
const SECONDS = 60;
/** What is on its way through relay and handler when a caller hangs up, in frames: the cushion of three, and travel. */
const FRAMES_IN_FLIGHT_MAX = 10;

describe.skipIf(!isAvailable)(`load ${reason}`, () => {
  test(`${CALLS} calls at once for 60 s: none fails, no packet is lost, nothing is left`, async () => {
    const run = await runLoad({ calls: CALLS, seconds: SECONDS });
    const { metrics, handler, toPhones, toRelay, fromRelay } = run;
    report('load', { calls: CALLS, secondsTogether: SECONDS, ...figuresOf(run) });

    // Every caller was served by the relay, to the end.
    expect(run.callers).toMatchObject({ successful: CALLS, failed: 0, exitCode: 0, errors: '' });
    expect(run.codes).toEqual([]);
    expect(metrics.of('streams_total')).toBe(CALLS);
    expect(metrics.of('calls_returned_total')).toBe(0);

    // The capture proves something only if it is whole.
    expect(run.dropped).toBe(0);
    for (const { streams } of [toPhones, toRelay, fromRelay]) expect(streams).toHaveLength(CALLS);

    // From the phones: all that Asterisk sent we read, in order and in time, and the handler got it. (tshark's heuristics now
    // and then take a packet for something else: 3 of 127,974 here. So its count is a floor.)
    expect(metrics.of('rtp_in_packets_total')).toBeGreaterThanOrEqual(toRelay.packets);
    for (const name of ['lost', 'late', 'duplicate', 'reordered', 'strangers', 'invalid']) {
      expect([name, metrics.of(`rtp_in_${name}_total`)]).toEqual([name, 0]);
    }
    expect(handler.holes).toBe(0);
    expect(handler.framesIn).toBeGreaterThan(CALLS * SECONDS * 50);

    // To the phones: all the handler's audio was played, but for the ends of the calls, and what a slot that this machine
    // slept through left in the queue; no packet is missing on either leg.
    const framesPlayed = metrics.of('rtp_out_audio_bytes_total') / 160;
    expect(framesPlayed).toBeLessThanOrEqual(handler.framesIn);
    const queuedMax = FRAMES_IN_FLIGHT_MAX + metrics.of('clock_skipped_slots_total');
    expect(framesPlayed).toBeGreaterThan(handler.framesIn - CALLS * queuedMax);
    expect(fromRelay.lost).toBe(0);
    expect(toPhones.lost).toBe(0);

    // Nothing is left.
    expect(run.leftovers).toEqual({ channels: [], bridges: [] });
    expect(handler.openStreams).toBe(0);
    expect(metrics.of('rtp_ports_taken')).toBe(0);
    expect(metrics.of('calls_active')).toBe(0);
    expect(run.filesAfter.udpSockets).toBe(0);
    expect(run.filesAfter.tcpSockets).toBeLessThanOrEqual(run.filesBefore.tcpSockets);
    expect(run.exitCode).toBe(0);
  });
});
