import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnsweringMachineDetector, type AmdOptions, type AmdVerdict } from './detector.ts';

const DEFAULTS: AmdOptions = {
  mode: 'Enable',
  timeoutMs: 30_000,
  speechThresholdMs: 2400,
  speechEndThresholdMs: 1200,
  silenceTimeoutMs: 5000,
};
const MESSAGE_END: AmdOptions = { ...DEFAULTS, mode: 'DetectMessageEnd' };
const FRAME_BYTES = 160;

function wave(ms: number, at: (sample: number) => number): Uint8Array {
  return encodeMulaw(Int16Array.from({ length: ms * 8 }, (_, i) => at(i)));
}

function silence(ms: number): Uint8Array {
  return new Uint8Array(ms * 8).fill(MULAW_SILENCE);
}

function tone(hz: number, ms: number, amplitude = 4000): Uint8Array {
  return wave(ms, (i) => amplitude * Math.sin((2 * Math.PI * hz * i) / 8000));
}

/** Like a voice: harmonics of a pitch that glides, in syllables of 200 ms with dips between. */
function voice(ms: number, amplitude = 4000): Uint8Array {
  let phase = 0;
  return wave(ms, (i) => {
    phase += (2 * Math.PI * (140 + 40 * Math.sin(i / 1500))) / 8000;
    const syllable = Math.abs(Math.sin((Math.PI * i) / 1600)) ** 0.5;
    const harmonics = [2, 3, 4, 5, 7, 9, 12].map((n) => Math.sin(phase * n) / Math.sqrt(n));
    return amplitude * syllable * harmonics.reduce((sum, one) => sum + one, 0) * 0.5;
  });
}

function noise(ms: number, amplitude: number): Uint8Array {
  let state = 1;
  return wave(ms, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return (state / 2 ** 31) * amplitude;
  });
}

function detect(options: AmdOptions, ...parts: readonly Uint8Array[]): AmdVerdict | undefined {
  const audio = Buffer.concat(parts);
  const detector = new AnsweringMachineDetector(options, 1000);
  for (let at = 0; at + FRAME_BYTES <= audio.length; at += FRAME_BYTES) {
    const verdict = detector.push(audio.subarray(at, at + FRAME_BYTES), 1020 + at / 8);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

describe('who answered', () => {
  it('a person: a word, and a pause', () => {
    const verdict = detect(DEFAULTS, silence(500), voice(600), silence(3000));
    expect(verdict?.answeredBy).toBe('human');
    expect(verdict?.durationMs).toBeGreaterThan(2200);
    expect(verdict?.durationMs).toBeLessThan(2400);
  });

  it('a machine: it talks on', () => {
    const verdict = detect(DEFAULTS, silence(500), voice(6000));
    expect(verdict?.answeredBy).toBe('machine_start');
    expect(verdict?.durationMs).toBeGreaterThan(2850);
    expect(verdict?.durationMs).toBeLessThan(3100);
  });

  it('a machine, and its beep', () => {
    const greeting = [silence(500), voice(4000), silence(800), tone(1000, 400)];
    const verdict = detect(MESSAGE_END, ...greeting, silence(3000));
    expect(verdict?.answeredBy).toBe('machine_end_beep');
    // It ends at 5700.
    expect(Math.abs((verdict?.durationMs ?? 0) - 5720)).toBeLessThanOrEqual(40);
  });

  it('a machine without a beep, whose message has a pause', () => {
    const greeting = [silence(500), voice(3000), silence(1500), voice(2000)];
    const verdict = detect(MESSAGE_END, ...greeting, silence(4000));
    expect(verdict?.answeredBy).toBe('machine_end_silence');
    expect(verdict?.durationMs).toBeGreaterThan(8900);
  });

  it('a machine that only beeps', () => {
    expect(detect(DEFAULTS, silence(1000), tone(1400, 300), silence(2000))?.answeredBy).toBe(
      'machine_start',
    );
  });

  it('a machine that never ends', () => {
    const verdict = detect({ ...MESSAGE_END, timeoutMs: 5000 }, voice(8000));
    expect(verdict).toEqual({ answeredBy: 'machine_end_other', durationMs: 5000 });
  });

  it.each([
    ['CED', tone(2100, 3000)],
    ['CNG', Buffer.concat([tone(1100, 500), silence(3000)])],
  ])('a fax machine: %s', (_, sound) => {
    expect(detect(DEFAULTS, silence(500), sound)?.answeredBy).toBe('fax');
  });

  it('nobody', () => {
    expect(detect(DEFAULTS, silence(8000))).toEqual({ answeredBy: 'unknown', durationMs: 5000 });
    expect(detect(DEFAULTS, noise(8000, 1000))).toEqual({
      answeredBy: 'unknown',
      durationMs: 5000,
    });
  });

  it('a person in noise', () => {
    const said = voice(700, 8000);
    const loud = noise(5000, 1200);
    const mixed = loud.slice();
    mixed.set(said, 8 * 1000);
    expect(detect(DEFAULTS, mixed)?.answeredBy).toBe('human');
  });

  it('a click is no word', () => {
    expect(detect(DEFAULTS, silence(500), noise(40, 20_000), silence(6000))?.answeredBy).toBe(
      'unknown',
    );
  });

  it('ringing, busy and dial tones are neither speech nor beep', () => {
    const two = (low: number, high: number, ms: number): Uint8Array =>
      wave(ms, (i) => {
        const angle = (2 * Math.PI * i) / 8000;
        return 2500 * (Math.sin(low * angle) + Math.sin(high * angle));
      });
    const options = { ...DEFAULTS, timeoutMs: 10_000 };
    const ring = [two(440, 480, 2000), silence(3000), two(440, 480, 2000), silence(3000)];
    const british = Array.from({ length: 17 }, () => [two(400, 450, 400), silence(200)]).flat();
    for (const sound of [ring, british, [two(350, 440, 10_000)], [tone(425, 10_000)]]) {
      expect(detect(options, silence(100), ...sound, silence(2000))).toEqual({
        answeredBy: 'unknown',
        durationMs: 10_000,
      });
    }
  });

  it('takes audio that does not come for silence', () => {
    const detector = new AnsweringMachineDetector(DEFAULTS, 0);
    expect(detector.wakeAt).toBe(200);
    expect(detector.poll(4900)).toBeUndefined();
    expect(detector.poll(5100)).toEqual({ answeredBy: 'unknown', durationMs: 5100 });
    expect(detector.wakeAt).toBeUndefined();
    expect(detector.push(voice(20), 5120)).toBeUndefined();
  });

  it('knows no frame of another size', () => {
    const detector = new AnsweringMachineDetector(DEFAULTS, 0);
    expect(() => detector.push(new Uint8Array(80), 20)).toThrow('160 bytes, not 80');
  });

  it('decides once, within the timeout, whatever it hears', () => {
    const part = fc.oneof(
      fc.record({ kind: fc.constant(silence), ms: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({ kind: fc.constant(voice), ms: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({
        kind: fc.integer({ min: 200, max: 3000 }).map((hz) => (ms: number) => tone(hz, ms)),
        ms: fc.integer({ min: 1, max: 3000 }),
      }),
      fc.record({ kind: fc.constant((ms: number) => noise(ms, 9000)), ms: fc.nat(3000) }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.constantFrom('Enable' as const, 'DetectMessageEnd' as const),
        (parts, mode) => {
          const options = { ...DEFAULTS, mode, timeoutMs: 4000 };
          const sounds = parts.map(({ kind, ms }) => kind(ms));
          const verdict = detect(options, ...sounds, silence(4100));
          expect(verdict?.durationMs).toBeLessThanOrEqual(4000);
          const isEnd = verdict?.answeredBy.startsWith('machine_end') ?? false;
          expect(mode === 'Enable' && isEnd).toBe(false);
          expect(mode === 'DetectMessageEnd' && verdict?.answeredBy === 'machine_start').toBe(
            false,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
