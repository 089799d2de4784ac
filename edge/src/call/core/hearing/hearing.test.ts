import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { describe, expect, it } from 'vitest';
import type { CallOutput } from '../contract.ts';
import { ENDPOINTING_DEFAULTS } from './endpointing-options.ts';
import type { FaultCode } from '../faults.ts';
import { Hearing, type Heard } from './hearing.ts';
import type { SttOptions } from '../settings.ts';

const STT: SttOptions = {
  languages: ['en-US', 'ms-MY'],
  isIdentifying: true,
  endpoints: 2,
  rotateMs: 60_000,
  finalSilenceMs: 0,
};
const FRAME = new Uint8Array(160).fill(MULAW_SILENCE);

class Rig {
  now = 0;
  readonly outputs: CallOutput[] = [];
  readonly hearing: Hearing;

  constructor(stt: Partial<SttOptions> = {}) {
    this.hearing = new Hearing({
      emit: (output) => void this.outputs.push(output),
      endpointing: ENDPOINTING_DEFAULTS,
      stt: { ...STT, ...stt },
    });
    this.hearing.open(0);
  }

  silent(ms: number): this {
    for (const end = this.now + ms; this.now < end; this.now += 20) {
      const { reopenAt } = this.hearing;
      if (reopenAt !== undefined && reopenAt <= this.now) this.hearing.reopen(this.now);
      this.hearing.hear(FRAME, this.now);
    }
    return this;
  }

  get opened(): Extract<CallOutput, { kind: 'stt-open' }>[] {
    return this.outputs.filter((each) => each.kind === 'stt-open');
  }

  get sttId(): number {
    return this.opened.at(-1)?.sttId ?? 0;
  }

  pushedMs(sttId: number): number {
    const bytes = this.outputs.map((each) =>
      each.kind === 'stt-push' && each.sttId === sttId ? each.mulaw.length : 0,
    );
    return bytes.reduce((sum, each) => sum + each, 0) / 8;
  }

  phrase(text: string, startMs: number, endMs: number, language?: string): Heard {
    const words = { text, startMs, endMs, ...(language === undefined ? {} : { language }) };
    return this.hearing.recognise({ kind: 'stt-phrase', sttId: this.sttId, ...words }, this.now);
  }

  fails(code: FaultCode, sttId = this.sttId): string {
    const fault = { code, message: 'scripted' };
    return this.hearing.fail({ kind: 'stt-error', sttId, fault }, this.now);
  }
}

describe('recognisers', () => {
  it('are replaced in a silence, one closed before the next is open, and no audio is given twice', () => {
    const rig = new Rig().silent(61_000);
    expect(rig.opened).toHaveLength(2);
    const kinds = rig.outputs.map(({ kind }) => kind).filter((kind) => kind !== 'stt-push');
    expect(kinds).toEqual(['stt-open', 'stt-close', 'stt-open']);
    expect(rig.pushedMs(1) + rig.pushedMs(2)).toBe(61_000);
    expect(rig.hearing.audioSeconds).toBe(61);
  });

  it("count from their own beginning; positions are the call's", () => {
    const rig = new Rig().silent(61_000);
    const openedAtMs = rig.pushedMs(1);
    rig.phrase('hello there', 100, 600);
    expect(rig.hearing.endpointing.text).toBe('hello there');
    expect(rig.hearing.endpointing.speechEndAt).toBeCloseTo(openedAtMs + 600, -2);
  });

  it('that are gone are not listened to', () => {
    const rig = new Rig().silent(61_000);
    const input = { text: 'late', startMs: 0, endMs: 100 };
    const late = { kind: 'stt-phrase', sttId: 1, ...input } as const;
    expect(rig.hearing.recognise(late, rig.now)).toBe('nothing');
    expect(rig.fails('STT_UNAVAILABLE', 1)).toBe('ignored');
    expect(rig.opened).toHaveLength(2);
  });

  it('that failed leave their unfinished audio to the next one, ten seconds at most', () => {
    const rig = new Rig().silent(3000);
    rig.phrase('hello', 200, 1000);
    expect(rig.fails('STT_UNAVAILABLE')).toBe('replaced');
    rig.silent(20);
    // From the end of the last phrase on.
    expect(rig.pushedMs(2)).toBe(2020);
    rig.silent(30_000);
    rig.fails('STT_UNAVAILABLE');
    rig.silent(20);
    expect(rig.pushedMs(3)).toBe(10_020);
  });

  it('are had from another endpoint when the same one fails again, or refuses', () => {
    const rig = new Rig().silent(100);
    rig.fails('STT_UNAVAILABLE');
    rig.silent(20).fails('STT_UNAVAILABLE');
    rig.silent(1000);
    expect(rig.opened.map(({ endpoint }) => endpoint)).toEqual([0, 0, 1]);
    const refused = new Rig().silent(100);
    expect(refused.fails('STT_AUTH')).toBe('replaced');
    refused.silent(100);
    expect(refused.opened.at(-1)?.endpoint).toBe(1);
    expect(refused.fails('STT_AUTH')).toBe('lost');
    expect(refused.hearing.reopenAt).toBeUndefined();
  });

  it('are had from another endpoint when not a word has come, and in the end from the first again', () => {
    const rig = new Rig().silent(100);
    for (let deaf = 0; deaf < 2; deaf++) rig.hearing.openElsewhere(rig.now);
    expect(rig.opened.map(({ endpoint }) => endpoint)).toEqual([0, 1, 0]);
  });

  it('are given up after four failures without a word between', () => {
    const rig = new Rig({ endpoints: 1 }).silent(100);
    const outcomes = Array.from({ length: 5 }, () => {
      const outcome = rig.fails('STT_UNAVAILABLE');
      rig.silent(2000);
      return outcome;
    });
    expect(outcomes).toEqual(['replaced', 'replaced', 'replaced', 'replaced', 'lost']);
  });

  it('listen for one language once it is clear which one is spoken', () => {
    const rig = new Rig().silent(2000);
    expect(rig.opened[0]?.languages).toEqual(['en-US', 'ms-MY']);
    rig.phrase('selamat pagi', 0, 500, 'ms-MY');
    expect(rig.opened).toHaveLength(1);
    rig.phrase('saya nak tempah meja', 600, 1500, 'ms-MY');
    expect(rig.opened.at(-1)?.languages).toEqual(['ms-MY']);
    expect(rig.pushedMs(2)).toBe(500);
    expect(rig.hearing.language.language).toBe('ms');
    rig.phrase('hello my good friend there', 0, 400, 'en-US');
    expect(rig.opened).toHaveLength(2);
  });

  it.each(['', 'fr', 'xx-YY', 'Malay', 'enochian'])('do not take "%s" for English', (language) => {
    const rig = new Rig().silent(100);
    expect(rig.hearing.switchLanguage(language, rig.now)).toBe(false);
    expect(rig.hearing.switchLanguage('en', rig.now)).toBe(true);
    expect(rig.opened.at(-1)?.languages).toEqual(['en-US']);
  });

  it('listen for the language the agent is told to speak, if it is one of those configured', () => {
    const rig = new Rig().silent(100);
    expect(rig.hearing.switchLanguage('zh-CN', rig.now)).toBe(false);
    expect(rig.opened).toHaveLength(1);
    expect(rig.hearing.switchLanguage('ms', rig.now)).toBe(true);
    expect(rig.opened.at(-1)?.languages).toEqual(['ms-MY']);
  });
});
