import { describe, expect, it } from 'vitest';
import { ENDPOINTING_DEFAULTS } from './endpointing-options.ts';
import { Endpointing } from './endpointing.ts';
import { INTERRUPTION_DEFAULTS, type InterruptionVerdict } from './interruption.ts';
import { Interruptions } from './interruptions.ts';
import { Surroundings } from './surroundings.ts';

const SAID = 'We are open from nine to six.';
const FRAME_MS = 20;

/** The agent speaks; the caller's audio began at 0, so that positions and instants are the same. */
class Rig {
  now = 0;
  readonly surroundings = new Surroundings();
  readonly endpointing = new Endpointing(ENDPOINTING_DEFAULTS, this.surroundings);
  readonly interruptions = new Interruptions(
    INTERRUPTION_DEFAULTS,
    this.endpointing,
    this.surroundings,
  );
  /** But for `go-on`. */
  readonly verdicts: InterruptionVerdict[] = [];
  #runStartMs: number | undefined;
  #run: { startMs: number; endMs: number } | undefined;

  constructor(isGreeting = false) {
    this.interruptions.begin({ isGreeting }, 0, 0);
  }

  /** Sound of speech for so long, or silence. */
  hears(kind: 'speech' | 'silence', ms: number): this {
    for (const until = this.now + ms; this.now < until;) {
      this.now += FRAME_MS;
      const isSpeaking = kind === 'speech';
      if (isSpeaking) {
        this.#runStartMs ??= this.now - FRAME_MS;
        this.#run = { startMs: this.#runStartMs, endMs: this.now };
      } else this.#runStartMs = undefined;
      const activity = { positionMs: this.now, isSpeaking, isStirring: false, run: this.#run };
      this.endpointing.hear(activity, this.now);
      this.#consider();
    }
    return this;
  }

  understands(text: string, startMs: number): this {
    this.endpointing.suppose({ text, startMs, endMs: this.now }, this.now);
    this.#consider();
    return this;
  }

  #consider(): void {
    const verdict = this.interruptions.consider(SAID, this.now);
    if (verdict === 'resume' || verdict === 'disregard') this.endpointing.ignore();
    if (verdict !== 'go-on') this.verdicts.push(verdict);
  }
}

describe('a caller who makes a sound', () => {
  it('has the agent hold its breath, and go on after a cough', () => {
    const rig = new Rig().hears('silence', 1000).hears('speech', 300);
    expect([rig.verdicts, rig.interruptions.isHolding]).toEqual([['hold'], true]);
    expect(rig.interruptions.heldAt).toBe(1060);
    rig.hears('silence', 500);
    expect([rig.verdicts, rig.interruptions.isHolding]).toEqual([['hold', 'resume'], false]);
  });

  it('has the floor when he says something', () => {
    const rig = new Rig().hears('silence', 1000).hears('speech', 500);
    rig.understands('what about Sunday', 1000);
    expect([rig.verdicts, rig.interruptions.isHolding]).toEqual([['hold', 'interrupt'], false]);
  });

  it('is believed for the whole of a sound that was no speech only once', () => {
    const rig = new Rig().hears('silence', 1000).hears('speech', 4000);
    expect(rig.verdicts).toEqual(['hold', 'resume']);
    rig.hears('silence', 1000).hears('speech', 100);
    expect(rig.verdicts).toEqual(['hold', 'resume', 'hold']);
  });

  it('must be heard for longer where sounds have had no words', () => {
    const rig = new Rig();
    for (let i = 0; i < 2; i++) rig.hears('speech', 200).hears('silence', 600);
    expect(rig.surroundings.isNoisy(rig.now)).toBe(true);
    const before = rig.verdicts.length;
    rig.hears('speech', 240).hears('silence', 600);
    expect(rig.verdicts).toHaveLength(before);
    rig.hears('speech', 300);
    expect(rig.verdicts.slice(before)).toEqual(['hold']);
  });
});

describe('the beginning of a greeting', () => {
  it('is interrupted by nothing', () => {
    const rig = new Rig(true).hears('speech', 580);
    expect(rig.verdicts).toEqual([]);
    expect(new Rig(false).hears('speech', 580).verdicts).toEqual(['hold']);
  });

  it('is not interrupted by what was said before it', () => {
    const rig = new Rig(true).hears('silence', 1000);
    const early = new Rig(true).hears('silence', 1000);
    early.interruptions.begin({ isGreeting: true }, 900, 1000);
    early.hears('silence', 700).understands('hello anybody there', 100);
    rig.understands('hello anybody there', 100);
    expect([early.verdicts, rig.verdicts]).toEqual([[], ['interrupt']]);
  });
});

it.each([
  ['nothing', '', true],
  ['"um"', 'um', true],
  ['the echo of the agent', 'open from nine to six', true],
  ['a question', 'and on Sunday', false],
  ['a nod, which may be an answer', 'yes', false],
])('%s said over the end of an utterance leaves nothing to answer, or does', (_, text, isIdle) => {
  const rig = new Rig().hears('silence', 500).hears('speech', 40).hears('silence', 20);
  if (text !== '') rig.endpointing.suppose({ text, startMs: 500, endMs: 560 }, rig.now);
  expect(rig.interruptions.isIdle(SAID)).toBe(isIdle);
});
