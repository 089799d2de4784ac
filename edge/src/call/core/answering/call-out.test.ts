import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { describe, expect, it } from 'vitest';
import { createCallParts, type CallParts } from '../call-parts.ts';
import type { EndReason } from '../call-record.ts';
import type { CallOutput } from '../contract.ts';
import { firstOf } from '../deadline.ts';
import type { FloorState } from '../floor.ts';
import type { Goodbye } from '../manners.ts';
import type { Phrases, VoicemailOptions } from '../settings.ts';
import { PHRASES, SETTINGS } from '../settings.test-support.ts';
import { CallOut, type Answerer } from './call-out.ts';

const FRAME_MS = 20;
const SILENCE = new Uint8Array(160).fill(MULAW_SILENCE);
const BEEP = encodeMulaw(
  Int16Array.from({ length: 160 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * i) / 8))),
);
const MESSAGE = 'This is the clinic. Please call us back.';
const LEAVE = { mode: 'leave-message' } as const;
const HANG_UP = { mode: 'hang-up' } as const;
const SAYS_MESSAGE = `says ${MESSAGE} (voicemail, then machine)`;

/** Writes down what it is told to do. */
class Agent implements Answerer {
  state: FloorState = 'listening';
  readonly phrases: Phrases;
  readonly deeds: string[] = [];

  constructor(phrases: Phrases) {
    this.phrases = phrases;
  }

  prepareGreeting(): void {
    this.deeds.push('prepares');
  }

  greet(said: string): void {
    this.deeds.push(`greets "${said}"`);
  }

  hush(): void {
    this.deeds.push('hushes');
  }

  sayGoodbye({ text, kind, reason }: Goodbye): void {
    this.deeds.push(`says ${text} (${kind}, then ${reason})`);
  }

  repeatLast(text: string, reason: EndReason): void {
    this.deeds.push(`repeats ${text} (then ${reason})`);
  }

  end(reason: EndReason): void {
    this.deeds.push(`ends: ${reason}`);
  }
}

class Rig {
  now = 0;
  readonly outputs: CallOutput[] = [];
  readonly agent: Agent;
  readonly parts: CallParts;
  readonly callOut: CallOut;

  constructor(voicemail: VoicemailOptions = LEAVE, phrases: Partial<Phrases> = {}) {
    this.agent = new Agent({ ...PHRASES, voicemail: MESSAGE, ...phrases });
    this.parts = createCallParts(
      { ...SETTINGS, voicemail },
      (each) => void this.outputs.push(each),
    );
    this.callOut = new CallOut(this.parts, this.agent);
    this.parts.hearing.open(0);
    this.callOut.begin(0);
  }

  hears(mulaw: Uint8Array, ms: number): this {
    for (const until = this.now + ms; this.now < until;) {
      this.now += FRAME_MS;
      this.parts.hearing.hear(mulaw, this.now);
      this.callOut.hear(mulaw, this.now);
      const due = firstOf(this.callOut.deadlines(this.now));
      if (due !== undefined && due.at <= this.now) due.run();
    }
    return this;
  }

  understands(text: string): this {
    const span = { startMs: Math.max(0, this.now - 200), endMs: this.now };
    const input = { kind: 'stt-phrase', sttId: 1, text, ...span } as const;
    this.parts.hearing.recognise(input, this.now);
    this.callOut.read(input, this.now);
    return this;
  }

  told(answeredBy: string): this {
    this.callOut.tell({ kind: 'answered-by', answeredBy }, this.now);
    return this;
  }

  get deeds(): readonly string[] {
    return this.agent.deeds;
  }
}

describe('a call of ours', () => {
  it('has the greeting voiced at once, and said when nobody says a word', () => {
    const rig = new Rig();
    expect(rig.deeds).toEqual(['prepares']);
    rig.hears(SILENCE, 480);
    expect(rig.deeds).toEqual(['prepares']);
    rig.hears(SILENCE, 20);
    expect(rig.deeds).toEqual(['prepares', 'greets ""']);
  });

  it('keeps its greeting for whoever says hello just then', () => {
    const rig = new Rig().hears(SILENCE, 460).understands('hello').hears(SILENCE, 300);
    expect(rig.deeds).toEqual(['prepares']);
    expect(rig.hears(SILENCE, 500).deeds).toEqual(['prepares', 'greets "hello"']);
  });

  it('answers with the greeting what somebody has said before it, and does not answer it again', () => {
    const rig = new Rig().hears(SILENCE, 200).understands('hello').hears(SILENCE, 1000);
    expect(rig.deeds).toEqual(['prepares', 'greets "hello"']);
    expect(rig.parts.hearing.endpointing.isActive).toBe(false);
  });

  it('waits for the other side where the agent has no greeting', () => {
    const rig = new Rig(LEAVE, { greeting: '' }).hears(SILENCE, 5000);
    expect(rig.deeds).toEqual([]);
    expect(rig.parts.answerWatch.isListening).toBe(false);
  });
});

describe('a verdict of machine detection', () => {
  it.each([
    ['human', LEAVE, ['greets ""']],
    ['machine_start', LEAVE, ['hushes']],
    ['machine_end_beep', LEAVE, ['hushes', SAYS_MESSAGE]],
    ['machine_start', HANG_UP, ['ends: machine']],
    ['machine_end_beep', HANG_UP, ['ends: machine']],
    ['fax', LEAVE, ['ends: machine']],
    ['unknown', LEAVE, []],
  ] satisfies [string, VoicemailOptions, string[]][])('%s, %j: %j', (verdict, voicemail, deeds) => {
    expect(new Rig(voicemail).told(verdict).deeds.slice(1)).toEqual(deeds);
  });

  it('ends the call where there is a mailbox and nothing to say to it', () => {
    const silent = { voicemail: '...' };
    expect(new Rig(LEAVE, silent).told('machine_start').deeds).toContain('ends: machine');
    const rig = new Rig(LEAVE, silent).told('machine_end_beep');
    expect(rig.deeds).toEqual(['prepares', 'ends: machine']);
  });

  it('is logged, in no more than 64 characters', () => {
    const { outputs } = new Rig().told('x'.repeat(1000));
    const logged = outputs.flatMap((each) => (each.kind === 'log' ? each.message : []));
    expect(logged).toEqual(['x'.repeat(64)]);
  });
});

describe('words of a machine', () => {
  it('hush the agent, which leaves its message when they have ended', () => {
    const rig = new Rig().hears(SILENCE, 200).understands('please leave a message after the tone');
    expect(rig.deeds).toEqual(['prepares', 'hushes']);
    rig.hears(SILENCE, 2500);
    expect(rig.deeds).toEqual(['prepares', 'hushes', 'hushes', SAYS_MESSAGE]);
  });
});

describe('an agent that has said goodbye', () => {
  it.each(['leaving', 'connecting', 'ended'] satisfies FloorState[])(
    'is told nothing more: %s',
    (state) => {
      const rig = new Rig();
      rig.agent.state = state;
      rig.told('machine_end_beep').hears(SILENCE, 1000);
      expect(rig.deeds).toEqual(['prepares']);
    },
  );

  it('says its message again to a machine that beeps only now, and not a third time', () => {
    const rig = new Rig().told('machine_end_beep');
    rig.agent.state = 'leaving';
    for (let i = 0; i < 2; i++) rig.hears(BEEP, 400).hears(SILENCE, 400);
    expect(rig.deeds.slice(3)).toEqual([`repeats ${MESSAGE} (then machine)`]);
  });
});
