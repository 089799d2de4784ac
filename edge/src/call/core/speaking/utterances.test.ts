import { describe, expect, it } from 'vitest';
import { createCallParts, type CallParts } from '../call-parts.ts';
import type { CallOutput, Message } from '../contract.ts';
import type { SessionSettings } from '../settings.ts';
import { PHRASES, RIG_SETTINGS } from './turn-rig.ts';
import { Utterances } from './utterances.ts';

const LANGUAGES = {
  ...RIG_SETTINGS.stt,
  languages: ['en-US', 'zh-CN', 'ms-MY'],
  isIdentifying: true,
};

class Rig {
  readonly outputs: CallOutput[] = [];
  readonly parts: CallParts;
  readonly utterances: Utterances;

  constructor(settings: Partial<SessionSettings> = {}, firstTurnIndex = 0) {
    this.parts = createCallParts(
      { ...RIG_SETTINGS, ...settings },
      (output) => void this.outputs.push(output),
    );
    this.utterances = new Utterances({
      ...this.parts,
      firstTurnIndex,
      onFailed: () => undefined,
      onMute: () => undefined,
    });
    this.parts.manners.begin(0);
    this.parts.outlet.start(true);
    this.parts.hearing.open(0);
  }

  reply(text: string, now = 0, isHeld = false): readonly Message[] {
    this.utterances.reply({ text, speechEndAt: now, isHeld }, now);
    return this.outputs.findLast((each) => each.kind === 'llm-request')?.messages ?? [];
  }
}

const systemOf = (messages: readonly Message[]): string => messages[0]?.content ?? '';

describe('what the model is told', () => {
  it('is the instructions, what has been said, and what is to be answered', () => {
    const rig = new Rig();
    rig.parts.history.addCaller('hello');
    rig.parts.history.addAgent(() => 'Hi, how can I help?');
    expect(rig.reply('when do you open')).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'Hi, how can I help?' },
      { role: 'user', content: 'when do you open' },
    ]);
    // That is asked, not yet said.
    expect(rig.parts.history.messages()).toHaveLength(2);
  });

  it('is to come to an end in the last 45 seconds of the longest call', () => {
    const rig = new Rig();
    const { callMsMax } = RIG_SETTINGS.timings;
    expect(systemOf(rig.reply('hi', callMsMax - 45_000))).toBe('Be brief.');
    expect(systemOf(rig.reply('hi', callMsMax - 44_999))).toMatch(/^Be brief\.\n\n.*about to end/u);
  });

  it('is to say whether the caller has finished, where the agent asks for it and nothing is closed', () => {
    const endpointing = { ...RIG_SETTINGS.endpointing, hasGate: true };
    expect(systemOf(new Rig({ endpointing }).reply('hi', 0, true)).length).toBeGreaterThan(100);
    expect(systemOf(new Rig({ endpointing }).reply('hi', 0, false))).toBe('Be brief.');
    expect(systemOf(new Rig().reply('hi', 0, true))).toBe('Be brief.');
  });
});

describe('the phrases', () => {
  it('are those of the language that the caller speaks, as soon as that is known', () => {
    const rig = new Rig({ stt: LANGUAGES });
    expect(rig.utterances.phrases.goodbye).toBe(PHRASES.goodbye);
    rig.parts.hearing.switchLanguage('zh-CN', 0);
    expect(rig.utterances.phrases.goodbye).toBe('再见。');
  });

  it('are those of the first language where the caller’s has none', () => {
    const rig = new Rig({ stt: LANGUAGES });
    rig.parts.hearing.switchLanguage('ms-MY', 0);
    expect(rig.utterances.phrases.goodbye).toBe(PHRASES.goodbye);
  });

  it('are needed', () => {
    expect(() => new Rig({ phrases: {} }).utterances.phrases).toThrow('without phrases');
  });

  it('are spoken in the language of the turn', () => {
    const rig = new Rig({ stt: { ...LANGUAGES, languages: ['zh-CN'] } });
    const turn = rig.utterances.own('reprompt', false, 0);
    turn.sayOwn('您还在吗？', 0);
    expect(rig.outputs.findLast((each) => each.kind === 'tts-speak')).toMatchObject({
      language: 'zh',
    });
  });
});

describe('the turns of a call', () => {
  it('are numbered from where the stream before left off, when they are part of it', () => {
    const rig = new Rig({}, 7);
    const turns = [0, 1].map(() => rig.utterances.own('reprompt', false, 0));
    for (const turn of turns.toReversed()) turn.count(0);
    expect(turns.map((turn) => turn.toRecord().index)).toEqual([8, 7]);
  });

  it('have requests and contexts of their own', () => {
    const rig = new Rig();
    for (let i = 0; i < 3; i++) {
      rig.reply('hi');
      rig.utterances.own('reprompt', false, 0).sayOwn('Hello?', 0);
    }
    const ids = rig.outputs.flatMap((each) => {
      if (each.kind === 'llm-request') return `request ${each.requestId}`;
      return each.kind === 'tts-speak' ? each.contextId : [];
    });
    expect(new Set(ids).size).toBe(6);
  });

  it('find the phrases that were voiced before', () => {
    const rig = new Rig();
    expect(rig.utterances.hasClip('Goodbye then.')).toBe(false);
    rig.utterances.putClip('Goodbye then.', { mulaw: new Uint8Array(800) });
    expect(rig.utterances.hasClip('Goodbye then.')).toBe(true);
    rig.utterances.own('farewell', false, 0).sayOwn('Goodbye then.', 0);
    expect(rig.outputs.filter(({ kind }) => kind === 'tts-speak')).toEqual([]);
    expect(rig.outputs.filter(({ kind }) => kind === 'send-media')).toHaveLength(1);
  });
});
