import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMulaw } from './g711.ts';
import { VoiceActivity } from './voice-activity.ts';

const RATE_HZ = 8000;
type Samples = Float64Array;

const amplitudeOf = (levelDbov: number): number => 32_768 * 10 ** (levelDbov / 20);
const silence = (ms: number): Samples => new Float64Array(ms * 8);

/** A vowel that goes up and down in pitch, colour and level like syllables. */
function voice(ms: number, levelDbov: number): Samples {
  let phase = 0;
  const raw = silence(ms).map((_, i) => {
    const t = i / RATE_HZ;
    const pitchHz = 130 + 25 * Math.sin(2 * Math.PI * 1.7 * t);
    phase += (2 * Math.PI * pitchHz) / RATE_HZ;
    let sum = 0;
    for (let harmonic = 3; harmonic * pitchHz < 3300; harmonic++) {
      const hz = harmonic * pitchHz;
      const first = 600 + 200 * Math.sin(2 * Math.PI * 3 * t);
      const second = 1700 + 500 * Math.sin(2 * Math.PI * 2 * t);
      const colour =
        Math.exp(-(((hz - first) / 200) ** 2)) + Math.exp(-(((hz - second) / 300) ** 2));
      sum += (colour + 0.05) * Math.sin(harmonic * phase);
    }
    return sum * (0.55 + 0.45 * Math.cos(2 * Math.PI * 4 * t));
  });
  return atLevel(raw, levelDbov);
}

function noise(ms: number, levelDbov: number, seed = 1): Samples {
  let state = seed;
  const raw = silence(ms).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
  return atLevel(raw, levelDbov);
}

function tones(ms: number, levelDbov: number, frequenciesHz: readonly number[]): Samples {
  const raw = silence(ms).map((_, i) =>
    frequenciesHz.reduce((sum, hz) => sum + Math.sin((2 * Math.PI * hz * i) / RATE_HZ), 0),
  );
  return atLevel(raw, levelDbov);
}

function atLevel(samples: Samples, levelDbov: number): Samples {
  const rms = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  return samples.map((one) => (one * amplitudeOf(levelDbov)) / rms);
}

const join = (...parts: readonly Samples[]): Samples =>
  Float64Array.from(parts.flatMap((part) => [...part]));
const mix = (a: Samples, b: Samples): Samples => a.map((one, i) => one + (b[i] ?? 0));
const toMulaw = (samples: Samples): Uint8Array => encodeMulaw(Int16Array.from(samples, Math.round));

/** When speech was confirmed and when it was over, in ms, frame by frame. */
function turns(samples: Samples, activity = new VoiceActivity(), heard?: Samples): number[] {
  const mulaw = toMulaw(samples);
  const heardMulaw = heard === undefined ? undefined : toMulaw(heard);
  if (heard !== undefined) activity.mindEcho();
  const found: number[] = [];
  let was = false;
  for (let at = 0; at + 160 <= mulaw.length; at += 160) {
    if (heardMulaw !== undefined) activity.heardByCaller(heardMulaw.subarray(at, at + 160));
    activity.push(mulaw.subarray(at, at + 160));
    if (activity.isSpeaking !== was) found.push(activity.positionMs);
    was = activity.isSpeaking;
  }
  return found;
}

describe('voice activity', () => {
  it('is sure of a voice within 100 ms, and of its end after the hangover', () => {
    const activity = new VoiceActivity();
    const found = turns(join(silence(500), voice(600, -25), silence(600)), activity);
    expect(found).toHaveLength(2);
    expect(found[0]).toBeLessThanOrEqual(600);
    expect(activity.run?.startMs).toBe(500);
    // The window of a frame reaches 12 ms into the one before.
    expect(activity.run?.endMs).toBeGreaterThanOrEqual(1080);
    expect(activity.run?.endMs).toBeLessThanOrEqual(1120);
    expect(found[1]).toBe((activity.run?.endMs ?? 0) + 200);
  });

  it.each([-15, -25, -35, -40])('hears a voice at %i dBov', (levelDbov) => {
    expect(turns(join(silence(300), voice(500, levelDbov)))).toHaveLength(1);
  });

  it.each([15, 10])('hears a voice %i dB above white noise, and not the noise', (snrDb) => {
    const line = mix(join(silence(2500), voice(600, -24), silence(1500)), noise(4600, -24 - snrDb));
    const found = turns(line);
    expect(found).toHaveLength(2);
    expect(found[0]).toBeGreaterThanOrEqual(2540);
    expect(found[0]).toBeLessThanOrEqual(2640);
  });

  it('bridges the closure of a plosive', () => {
    expect(turns(join(silence(300), voice(300, -25), silence(120), voice(200, -25)))).toHaveLength(
      1,
    );
  });

  it.each<readonly [string, Samples]>([
    ['silence', silence(1000)],
    ['white noise from the first frame', noise(5000, -30)],
    ['noise that rises by 20 dB', join(noise(3000, -50), noise(3000, -30))],
    ['noise that comes and goes', join(noise(400, -25), silence(300), noise(400, -25))],
    ['a click of 40 ms', join(silence(500), noise(40, -15), silence(500))],
    ['a steady tone', join(silence(500), tones(3000, -20, [615]), silence(500))],
    [
      'digits of a keypad',
      join(silence(500), tones(100, -15, [697, 1209]), silence(100), tones(100, -15, [770, 1336])),
    ],
    ['mains hum', tones(3000, -20, [50, 150, 250, 350])],
    ['one value for ever', silence(2000).fill(12_000)],
  ])('takes %s for no speech', (_, samples) => {
    expect(turns(samples)).toEqual([]);
  });

  it('lets noise that begins in the middle of speech not hold the end', () => {
    const activity = new VoiceActivity();
    turns(join(silence(500), voice(600, -22), noise(2000, -35)), activity);
    expect(activity.isSpeaking).toBe(false);
    expect(activity.run?.endMs).toBeLessThanOrEqual(1400);
  });

  it('keeps hearing a talker who makes no pause for a minute', () => {
    expect(turns(join(silence(300), voice(60_000, -20)))).toHaveLength(1);
  });

  it('does not take a voice in the background for the caller, once the caller is known', () => {
    const caller = join(silence(500), voice(1500, -20), silence(1000));
    const known = new VoiceActivity();
    expect(turns(caller, known)).toHaveLength(2);
    expect(turns(voice(2000, -36), known)).toEqual([]);
    expect(turns(voice(2000, -36))).toHaveLength(1);
  });

  describe('the echo of what the caller hears', () => {
    const heard = join(
      silence(300),
      voice(1500, -20),
      silence(700),
      voice(1500, -20),
      silence(800),
    );
    const echo = join(
      silence(180),
      heard.map((one) => one * 10 ** (-26 / 20)),
    );

    it('is no speech', () => {
      expect(turns(echo, new VoiceActivity(), heard)).toEqual([]);
      // The same without being told.
      expect(turns(echo).length).toBeGreaterThan(0);
    });

    it('does not hide the caller who interrupts', () => {
      const caller = join(silence(3000), voice(600, -22), silence(1200));
      const found = turns(mix(caller, echo), new VoiceActivity(), heard);
      expect(found).toHaveLength(2);
      expect(found[0]).toBeGreaterThanOrEqual(3040);
      expect(found[0]).toBeLessThanOrEqual(3140);
    });

    it('may be handed over in any pieces, also ahead of its time, and too much of it is dropped', () => {
      const activity = new VoiceActivity();
      activity.mindEcho();
      const all = toMulaw(heard);
      activity.heardByCaller(all.subarray(0, 777));
      activity.heardByCaller(all.subarray(777));
      activity.heardByCaller(new Uint8Array(80_000).fill(0x90));
      expect(turns(silence(2000), activity)).toEqual([]);
    });
  });

  it('stirs before it is sure, and calms down again', () => {
    const activity = new VoiceActivity();
    const push = (samples: Samples): boolean[] => {
      activity.push(toMulaw(samples));
      return [activity.isStirring, activity.isSpeaking];
    };
    expect(push(silence(400))).toEqual([false, false]);
    expect(push(voice(40, -25))).toEqual([true, false]);
    expect(push(silence(160))).toEqual([false, false]);
    push(voice(40, -25));
    expect(push(voice(100, -25))).toEqual([false, true]);
  });

  it('knows the level of the noise', () => {
    const activity = new VoiceActivity();
    activity.push(toMulaw(noise(4000, -45)));
    expect(Math.abs(activity.floorDbov + 46)).toBeLessThan(3);
  });

  it('hears the same however the audio is cut', () => {
    const audio = toMulaw(join(silence(300), voice(300, -25), noise(310, -60)));
    const whole = new VoiceActivity();
    whole.push(audio);
    expect(whole.run).toBeDefined();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (sizes) => {
        const parts = new VoiceActivity();
        for (let offset = 0, i = 0; offset < audio.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          parts.push(audio.subarray(offset, offset + size));
          offset += size;
        }
        expect(parts.run).toEqual(whole.run);
        expect(parts.floorDbov).toBe(whole.floorDbov);
      }),
      { seed: 2, numRuns: 30 },
    );
  });
});
