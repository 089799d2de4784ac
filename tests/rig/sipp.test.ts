import { describe, expect, test } from 'vitest';
import { startAsteriskPbx } from './asterisk-pbx.ts';
import { requireAsterisk, requirePackages } from './requirement.ts';
import { errorsIn, parseStatistics, runSipp } from './sipp.ts';
import { parseStreams, startCapture } from './tshark.ts';

const needs = [await requireAsterisk(22), await requirePackages('sip-tester', 'tshark')];
const isAvailable = needs.every(({ available }) => available);
const reason = needs.map((need) => need.reason ?? '').join(' ');

describe.skipIf(!isAvailable)(`sipp and tshark ${reason}`, () => {
  test('calls go through, and the capture sees both directions of each', async () => {
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'plain' });
    const { firstPort, lastPort } = pbx.asterisk.rtpRange;
    const capture = await startCapture(`udp portrange ${firstPort}-${lastPort}`);
    const audio = new Uint8Array(8000).map((_, i) => i & 0xff);
    const calls = { sipPort: pbx.asterisk.sipPort, extension: '600', calls: 5, audio };
    const result = await runSipp({ ...calls, ratePerSecond: 20, durationMs: 3000 });
    const { streams, dropped } = await capture.stop();

    expect(result).toMatchObject({ successful: 5, failed: 0, exitCode: 0, errors: '' });
    expect(dropped).toBe(0);
    const toCallers = streams.filter((stream) => stream.destinationPort === result.rtpPort);
    const fromCallers = streams.filter((stream) => stream.sourcePort === result.rtpPort);
    expect(toCallers).toHaveLength(5);
    expect(fromCallers).toHaveLength(5);
    for (const stream of streams) {
      expect(stream).toMatchObject({ payload: 'g711U', lost: 0 });
      expect(stream.packets).toBeGreaterThan(60);
      // What it is on a host that is busy elsewhere says nothing of the rig: `pnpm bench load` measures time.
      expect(stream.jitterMsMean).toBeGreaterThanOrEqual(0);
    }
    await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('a refused call is a failed one, with what was said', async () => {
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'plain' });
    const result = await runSipp({ sipPort: pbx.asterisk.sipPort, extension: '604', calls: 2 });
    expect(result).toMatchObject({ successful: 0, failed: 2, exitCode: 1 });
    expect(result.errors).toContain('486 Busy Here');
  });

  test('a call that the PBX ends is a successful one', async () => {
    await using pbx = await startAsteriskPbx({ major: 22, shape: 'plain' });
    const call = { sipPort: pbx.asterisk.sipPort, extension: '605', calls: 1, waitsForBye: true };
    expect(await runSipp(call)).toMatchObject({ successful: 1, failed: 0 });
  });
});

describe('tables of the tools', () => {
  test("sipp's errors, less a goodbye that is answered twice", () => {
    const dead = (state: string, answer: string): string =>
      `2026-11-23\t08:17:03.329341\t1795421823.329341: Dead call 24-1@127.0.0.1 (${state}), received 'SIP/2.0 ${answer}\r\nVia: SIP/2.0/UDP\r\n\r\n'\n`;
    const aborted = dead('aborted', '200 OK');
    const refused = dead('successful', '481 Call leg does not exist');
    expect(errorsIn(dead('successful', '200 OK'))).toBe('');
    expect(errorsIn(`${dead('successful', '200 OK')}${aborted}${refused}`)).toBe(aborted + refused);
  });

  test('tshark 4.0', () => {
    const table = `
========================= RTP Streams ========================
   Start time      End time     Src IP addr  Port    Dest IP addr  Port       SSRC          Payload  Pkts         Lost   Min Delta(ms)  Mean Delta(ms)   Max Delta(ms)  Min Jitter(ms) Mean Jitter(ms)  Max Jitter(ms) Problems?
     0.916517      3.881053       127.0.0.1 20860       127.0.0.1 28600 0x451FDEA3            g711U   149     2 (1.3%)           0.009          20.031          37.328           0.022           1.184           3.727 X
==============================================================
`;
    expect(parseStreams(table)).toEqual([
      {
        sourcePort: 20860,
        destinationPort: 28600,
        ssrc: '0x451FDEA3',
        payload: 'g711U',
        packets: 149,
        lost: 2,
        deltaMsMean: 20.031,
        deltaMsMax: 37.328,
        jitterMsMean: 1.184,
        jitterMsMax: 3.727,
      },
    ]);
  });

  test('tshark 3.4 has fewer columns', () => {
    const table = `
========================= RTP Streams ========================
   Start time      End time     Src IP addr  Port    Dest IP addr  Port       SSRC          Payload  Pkts         Lost   Max Delta(ms)  Max Jitter(ms) Mean Jitter(ms) Problems?
     0.000000      2.978375       127.0.0.1 28600       127.0.0.1 21188 0xCA110000 ITU-T G.711 PCMU   150     0 (0.0%)          23.133           1.132           0.708
`;
    const [stream] = parseStreams(table);
    expect(stream).toMatchObject({ payload: 'ITU-T G.711 PCMU', deltaMsMax: 23.133 });
    expect(stream).toMatchObject({ jitterMsMax: 1.132, jitterMsMean: 0.708 });
    expect(stream?.deltaMsMean).toBeUndefined();
  });

  test('another table is refused', () => {
    expect(() => parseStreams('nothing of the kind')).toThrow('no table of RTP streams');
  });

  test('statistics of sipp', () => {
    const csv =
      'StartTime;SuccessfulCall(P);SuccessfulCall(C);FailedCall(P);FailedCall(C);\n1;0;3;0;0;\n2;2;5;1;1;\n';
    expect(parseStatistics(csv)).toEqual({ successful: 5, failed: 1 });
  });
});
