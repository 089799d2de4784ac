import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallOutput } from '../contract.ts';
import { Outlet } from '../playout/outlet.ts';
import { PlayoutClock } from '../playout/playout-clock.ts';
import { VoiceRoutes } from './voice-routes.ts';
import { Voicing } from './voicing.ts';

const CHAR_MS = 50;
const LOUD = 0x10;
const CHAR_BYTES = CHAR_MS * 8;
const FAULT = { code: 'TTS_UNAVAILABLE', message: 'scripted' } as const;

type Speak = Extract<CallOutput, { kind: 'tts-speak' }>;

/** An utterance whose voice gives each character {@link CHAR_MS}; the peer counts samples. */
class Rig {
  now = 0;
  readonly outputs: CallOutput[] = [];
  readonly outlet = new Outlet((output) => void this.outputs.push(output));
  readonly voicing: Voicing;

  constructor(isHeld = false, voices = 1) {
    this.outlet.start(true);
    this.voicing = new Voicing(
      {
        name: 'turn-0',
        language: 'en',
        outlet: this.outlet,
        clock: new PlayoutClock(),
        routes: new VoiceRoutes(voices),
        timings: { ttsFirstAudioMsMax: 2000, ttsStallMsMax: 2000 },
        waitingSince: 0,
        hasFiller: () => true,
        emit: (output) => void this.outputs.push(output),
      },
      isHeld,
    );
  }

  get spoken(): Speak[] {
    return this.outputs.filter((each) => each.kind === 'tts-speak');
  }

  get sentBytes(): number {
    return this.outputs.reduce(
      (sum, each) => sum + (each.kind === 'send-media' ? each.mulaw.length : 0),
      0,
    );
  }

  /** The contexts that are open, in order. */
  get open(): string[] {
    const closed = this.outputs.flatMap((each) =>
      each.kind === 'tts-close' ? each.contextId : [],
    );
    const begun = new Set(this.spoken.map(({ contextId }) => contextId));
    return [...begun].filter((id) => !closed.includes(id));
  }

  /** The voice says `text` in `contextId`. */
  voices(contextId: string, text: string): boolean {
    const chars = Array.from(text);
    const alignment = {
      chars,
      startsMs: chars.map((_, i) => i * CHAR_MS),
      durationsMs: chars.map(() => CHAR_MS),
    };
    const mulaw = new Uint8Array(chars.length * CHAR_BYTES).fill(LOUD);
    return this.voicing.takeAudio(contextId, mulaw, alignment, this.now);
  }

  /** The caller has heard all that was sent. */
  playAll(): this {
    this.outlet.played(this.sentBytes, undefined);
    for (const each of this.outputs.splice(0)) {
      if (each.kind === 'send-mark') this.voicing.hearMark(each.name, this.now);
    }
    return this;
  }
}

const clipOf = (text: string) => ({ mulaw: new Uint8Array(text.length * CHAR_BYTES).fill(LOUD) });

describe('an utterance', () => {
  it('is heard in the text as it was written, said as it is spoken', () => {
    const rig = new Rig();
    rig.voicing.say('It is 10 ringgit. ', 0);
    rig.voicing.completeText();
    const [speak] = rig.spoken;
    expect(speak?.text).toBe('It is ten ringgit. ');
    rig.voices('turn-0-1', 'It is te');
    rig.outlet.played(rig.sentBytes, undefined);
    expect(rig.voicing.heard).toBe('It is');
    rig.voices('turn-0-1', 'n ringgit. ');
    rig.playAll();
    expect(rig.voicing.heard).toBe('It is 10 ringgit.');
    expect([rig.voicing.isOver, rig.open]).toEqual([true, []]);
  });

  it('has its opener in front of what the voice has not begun, and a filler between pieces', () => {
    const rig = new Rig();
    rig.voicing.say('We are open. ', 0);
    rig.voicing.sayClip('Okay, ', clipOf('Okay, '), 0);
    expect(rig.voicing.text).toBe('Okay, We are open. ');
    rig.voices('turn-0-1', 'We are open. ');
    rig.voicing.sayClip('One moment. ', clipOf('One moment. '), 0);
    rig.voicing.say('From nine.', 0);
    rig.voicing.completeText();
    rig.voices('turn-0-2', 'From nine.');
    rig.playAll();
    expect(rig.voicing.heard).toBe('Okay, We are open. One moment. From nine.');
    expect(rig.voicing.isOver).toBe(true);
  });

  it('loses no word and repeats no more than the one that was begun, wherever its voice breaks', () => {
    const text = 'We are open from nine to six, every day but Sunday.';
    const breaks = fc.array(fc.integer({ min: 0, max: text.length - 2 }), { maxLength: 2 });
    fc.assert(
      fc.property(breaks, (all) => {
        const rig = new Rig(false, 2);
        rig.voicing.say(text, 0);
        rig.voicing.completeText();
        let said = '';
        for (const chars of all) {
          const last = rig.spoken.at(-1);
          if (last === undefined) break;
          const part = last.text.slice(0, chars);
          if (part.length >= last.text.trimEnd().length - 1) break;
          rig.voices(last.contextId, part);
          said += part;
          expect(rig.voicing.goOn(FAULT, 0)).toBe(true);
          // What comes late of the broken one is not wanted.
          expect(rig.voices(last.contextId, 'late')).toBe(false);
          const rest = rig.spoken.at(-1)?.text ?? '';
          expect(text.endsWith(rest)).toBe(true);
          const repeated = said.slice(text.length - rest.length).trim();
          expect(repeated).not.toContain(' ');
          expect(text.length - rest.length).toBeLessThanOrEqual(said.length);
          said = text.slice(0, text.length - rest.length);
        }
        const last = rig.spoken.at(-1);
        if (last !== undefined) rig.voices(last.contextId, last.text);
        expect(rig.open).toEqual([]);
        rig.playAll();
        expect([rig.voicing.text, rig.voicing.heard]).toEqual([text, text]);
        expect(rig.voicing.isOver).toBe(true);
      }),
    );
  });

  it('sends nothing while it is held, and all of it when it is released', () => {
    const rig = new Rig(true);
    rig.voicing.say('We are open. ', 0);
    rig.voicing.say('From nine.', 0);
    rig.voices('turn-0-1', 'We are open. ');
    rig.voicing.completeText();
    expect([rig.spoken.length, rig.sentBytes, rig.voicing.heard]).toEqual([1, 0, '']);
    expect(rig.voicing.text).toBe('We are open. From nine.');
    rig.voicing.release(100);
    rig.voices('turn-0-1', 'From nine.');
    rig.playAll();
    expect(rig.voicing.heard).toBe('We are open. From nine.');
    expect(rig.voicing.isOver).toBe(true);
  });

  it('counts a last word that was to sound for longer than the audio lasted', () => {
    const rig = new Rig();
    rig.voicing.say('Yes', 0);
    const alignment = {
      chars: ['Y', 'e', 's'],
      startsMs: [0, 50, 100],
      durationsMs: [50, 50, 500],
    };
    rig.voicing.takeAudio('turn-0-1', new Uint8Array(1600).fill(LOUD), alignment, 0);
    rig.voicing.completeText();
    const deadline = rig.voicing.deadline(0);
    expect(deadline?.what).toBe('tail');
    expect(rig.voicing.expire('tail')).toBeUndefined();
    rig.voicing.sayClip(' Goodbye.', clipOf(' Goodbye.'), 0);
    rig.outlet.played(1600, undefined);
    expect(rig.voicing.heard).toBe('Yes');
  });

  it('tells the voice, and then the peer, when it is cut off', () => {
    const rig = new Rig();
    rig.voicing.say('We are open. ', 0);
    rig.voices('turn-0-1', 'We are');
    rig.outlet.played(2 * CHAR_BYTES, undefined);
    rig.voicing.cut(true);
    const ends = rig.outputs.map(({ kind }) => kind).slice(-2);
    expect(ends).toEqual(['tts-close', 'send-clear']);
    expect(rig.voices('turn-0-1', ' open.')).toBe(false);
    rig.outlet.played(3 * CHAR_BYTES, 5);
    expect([rig.voicing.heard, rig.voicing.isSettled]).toEqual(['We', true]);
    expect(rig.outlet.utterances).toBe(0);
  });

  it('is dead when every way to a voice has failed', () => {
    const rig = new Rig();
    rig.voicing.say('We are open. ', 0);
    // Over the socket, over HTTP, and each of them once more.
    for (let again = 0; again < 3; again++) expect(rig.voicing.goOn(FAULT, 0)).toBe(true);
    expect(rig.voicing.goOn(FAULT, 0)).toBe(false);
    expect([rig.voicing.isDead, rig.open]).toEqual([true, []]);
    expect(rig.voicing.deadline(0)).toBeUndefined();
  });
});
