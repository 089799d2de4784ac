import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { describe, expect, it } from 'vitest';
import { createCallParts, type CallParts } from './call-parts.ts';
import { CallerSide, type Listener } from './caller-side.ts';
import type { CallOutput } from './contract.ts';
import { firstOf } from './deadline.ts';
import type { FaultCode } from './faults.ts';
import type { FloorState } from './floor.ts';
import type { AgentTurn } from './speaking/agent-turn.ts';
import { TurnRig } from './speaking/turn-rig.ts';
import { PHRASES, SETTINGS } from './settings.test-support.ts';
import { Draft } from './thinking/draft.ts';

const FRAME_MS = 20;
const FRAME = new Uint8Array(160).fill(MULAW_SILENCE);
const { repromptMs, keypadPauseMs, mediaGapMsMax } = SETTINGS.timings;
const { reprompt, notUnderstood } = PHRASES;
const QUESTION = 'when do you open';
const ANSWER = 'We are open from nine to six, and closed on Sundays.';

/** Writes down what the caller's side asks of it, and has the floor that a test gives it. */
class Agent implements Listener {
  state: FloorState = 'listening';
  turn: AgentTurn | undefined;
  listeningSince = 0;
  readonly phrases = PHRASES;
  readonly deeds: string[] = [];
  readonly draft: Draft;

  constructor({ hearing }: CallParts, turns: TurnRig) {
    this.draft = new Draft({
      options: SETTINGS.speculation,
      endpointing: hearing.endpointing,
      isReady: () => true,
      begin: (text) => turns.turn({ understood: text, isHeld: true }),
      waste: () => void this.deeds.push('wastes a draft'),
    });
  }

  reply(text: string): void {
    this.deeds.push(`answers "${text}"`);
  }

  replyAnew({ text }: { readonly text: string }): void {
    this.deeds.push(`answers "${text}" in place of it`);
  }

  stepBack(): void {
    this.deeds.push('steps back');
  }

  yield(): void {
    this.deeds.push('yields');
  }

  promptAgain(text: string): void {
    this.deeds.push(`prompts: ${text}`);
  }

  giveUp(): void {
    this.deeds.push('gives up');
  }
}

class Rig {
  now = 0;
  readonly outputs: CallOutput[] = [];
  readonly turns = new TurnRig();
  readonly parts = createCallParts(
    { ...SETTINGS, speculation: { ...SETTINGS.speculation, isOn: false } },
    (each) => void this.outputs.push(each),
  );
  readonly agent = new Agent(this.parts, this.turns);
  readonly caller = new CallerSide(this.parts, this.agent);
  #runStartMs: number | undefined;
  #run: { startMs: number; endMs: number } | undefined;

  constructor() {
    this.parts.hearing.open(0);
    this.caller.begin(0);
  }

  /** What the detector makes of so much audio of the caller's. */
  hears(kind: 'speech' | 'silence', ms: number): this {
    for (const until = this.now + ms; this.now < until;) {
      this.#advance();
      this.caller.hear(FRAME, this.now);
      const isSpeaking = kind === 'speech';
      if (isSpeaking) {
        this.#runStartMs ??= this.now - FRAME_MS;
        this.#run = { startMs: this.#runStartMs, endMs: this.now };
      } else this.#runStartMs = undefined;
      const activity = { positionMs: this.now, isSpeaking, isStirring: false, run: this.#run };
      this.parts.hearing.endpointing.hear(activity, this.now);
      this.caller.attend(this.now);
      this.#runDue();
    }
    return this;
  }

  /** Time goes by without a frame. */
  misses(ms: number): this {
    for (const until = this.now + ms; this.now < until;) {
      this.#advance();
      this.#runDue();
    }
    return this;
  }

  /** Recognition makes this of all that was said since `startMs`. Without text: a sound, and no word in it. */
  understands(text: string, startMs = 0): this {
    return this.#recognises('stt-phrase', text, startMs, this.now);
  }

  /** It supposes so, and may think better of it. */
  supposes(text: string, startMs = 0): this {
    return this.#recognises('stt-hypothesis', text, startMs, this.now);
  }

  presses(digits: string): this {
    for (const digit of digits) this.caller.press(digit, this.now);
    return this;
  }

  /** A question was taken, and the agent thinks about its answer to it. */
  asked(): this {
    this.hears('silence', 200).hears('speech', 600).supposes(QUESTION, 200).hears('silence', 1000);
    expect(this.agent.deeds.splice(0)).toEqual([`answers "${QUESTION}"`]);
    this.parts.history.addCaller(QUESTION);
    return this.thinks(this.turns.asked({ understood: QUESTION }));
  }

  /** What recognition says of that question in the end. */
  concludes(text: string): this {
    return this.#recognises('stt-phrase', text, 200, 800);
  }

  thinks(turn: AgentTurn): this {
    this.agent.state = 'thinking';
    this.agent.turn = turn;
    return this;
  }

  /** The agent can be heard from now on. */
  speaks(text: string): this {
    this.turns.now = this.now;
    const turn = this.turns.asked();
    this.turns.writes(turn, text).done(turn).voices(turn);
    this.agent.state = 'speaking';
    this.agent.turn = turn;
    this.parts.interruptions.begin({ isGreeting: false }, this.now, this.now);
    return this;
  }

  get deeds(): readonly string[] {
    return this.agent.deeds;
  }

  get codes(): readonly string[] {
    return this.outputs.flatMap((each) => (each.kind === 'log' ? (each.code ?? []) : []));
  }

  get told(): readonly string[] {
    return this.parts.history.messages().map(({ content }) => content);
  }

  #recognises(
    kind: 'stt-phrase' | 'stt-hypothesis',
    text: string,
    startMs: number,
    endMs: number,
  ): this {
    this.parts.hearing.recognise({ kind, sttId: 1, text, startMs, endMs }, this.now);
    this.caller.attend(this.now);
    return this;
  }

  #advance(): void {
    this.now += FRAME_MS;
    this.turns.now = this.now;
  }

  #runDue(): void {
    const due = firstOf(this.caller.deadlines(this.now));
    if (due !== undefined && due.at <= this.now) due.run();
  }
}

describe('while the agent listens', () => {
  it('answers a turn that is over', () => {
    const rig = new Rig().hears('speech', 600).understands('when do you open?');
    expect(rig.deeds).toEqual([]);
    expect(rig.hears('silence', 600).deeds).toEqual(['answers "when do you open?"']);
  });

  it('waits with the answer until it is known what was heard before, but not for long', () => {
    const rig = new Rig();
    const before = rig.turns.asked();
    rig.turns.writes(before, ANSWER).done(before).voices(before);
    before.cut(true, rig.now);
    rig.hears('speech', 600).understands('when do you open?').hears('silence', 380);
    rig.parts.pastTurns.add(before, rig.now);
    expect(rig.hears('silence', 280).deeds).toEqual([]);
    expect(rig.hears('silence', 40).deeds).toEqual(['answers "when do you open?"']);
  });

  it('asks who has said nothing for so long, counted from the last sound or key', () => {
    const rig = new Rig().hears('silence', 3000).hears('speech', 100).understands('', 3000);
    rig.hears('silence', repromptMs - 100);
    expect(rig.deeds).toEqual([]);
    expect(rig.hears('silence', 100).deeds).toEqual([`prompts: ${reprompt}`]);
    const keys = new Rig()
      .hears('silence', 3000)
      .presses('1#')
      .hears('silence', repromptMs - 20);
    expect(keys.deeds).toEqual(['answers "[keypad: 1#]"']);
    expect(keys.hears('silence', 20).deeds[1]).toBe(`prompts: ${reprompt}`);
  });

  it('says nothing of a sound without words', () => {
    const rig = new Rig().hears('speech', 100).understands('').hears('silence', 3000);
    expect([rig.deeds, rig.codes]).toEqual([[], []]);
  });

  it('asks again for words that nobody understands, and that is no fault', () => {
    const rig = new Rig().hears('speech', 800).understands('').hears('silence', 2100);
    expect([rig.deeds, rig.codes]).toEqual([[`prompts: ${notUnderstood}`], []]);
  });

  it('tells of a recogniser that says nothing of what was said', () => {
    const rig = new Rig().hears('speech', 800).hears('silence', 2100);
    expect([rig.deeds, rig.codes]).toEqual([[`prompts: ${notUnderstood}`], ['STT_DEAF']]);
  });
});

describe('keys', () => {
  it('are a turn after a pause, or at once with a #', () => {
    const rig = new Rig().presses('12');
    expect(rig.hears('silence', keypadPauseMs - FRAME_MS).deeds).toEqual([]);
    expect(rig.hears('silence', FRAME_MS).deeds).toEqual(['answers "[keypad: 12]"']);
    expect(rig.presses('3#').hears('silence', FRAME_MS).deeds[1]).toBe('answers "[keypad: 3#]"');
  });

  it('are one turn with the words before them', () => {
    const rig = new Rig().hears('speech', 600).understands('my number is').presses('7#');
    expect(rig.hears('silence', FRAME_MS).deeds).toEqual(['answers "my number is [keypad: 7#]"']);
  });

  it('waste the answer that was made ahead of them', () => {
    const rig = new Rig().hears('speech', 600).understands('my number is seven.');
    rig.now += 300;
    rig.parts.hearing.endpointing.hear(
      { positionMs: 900, isSpeaking: false, isStirring: false, run: { startMs: 0, endMs: 600 } },
      rig.now,
    );
    rig.agent.draft.consider(rig.now);
    expect(rig.agent.draft.turn).toBeDefined();
    expect(rig.presses('7').deeds).toEqual(['wastes a draft']);
  });

  it('interrupt the agent, and what it is about to say, but not a greeting that is about to begin', () => {
    expect(new Rig().speaks(ANSWER).presses('1').deeds).toEqual(['yields']);
    expect(new Rig().asked().presses('1').deeds).toEqual(['yields']);
    const rig = new Rig();
    expect(rig.thinks(rig.turns.turn({ kind: 'greeting' })).presses('1').deeds).toEqual([]);
  });
});

describe('while the agent thinks', () => {
  it('the caller goes on: what he said is not told yet', () => {
    const rig = new Rig().asked();
    expect(rig.told).toEqual([QUESTION]);
    rig.hears('speech', 60);
    expect(rig.deeds[0]).toBe('steps back');
    expect(rig.told).toEqual([]);
    expect(rig.parts.hearing.endpointing.text).toBe(QUESTION);
  });

  it('what recognition thinks better of is put right in what the model is told next', () => {
    const rig = new Rig().asked().concludes('When do you open?');
    expect([rig.deeds, rig.told]).toEqual([[], ['When do you open?']]);
    expect(rig.agent.turn?.understood).toBe('When do you open?');
  });

  it('the answer is begun anew where the caller has said something else', () => {
    const rig = new Rig().asked().concludes('When do you close?');
    expect(rig.deeds).toEqual(['answers "When do you close?" in place of it']);
    expect(rig.told).toEqual(['When do you close?']);
  });

  it('a noise is no word of the caller where there is more to hear than him', () => {
    const rig = new Rig().asked();
    const { surroundings } = rig.parts.hearing;
    for (let i = 0; i < 3; i++) surroundings.noteWordless(rig.now);
    expect(surroundings.isNoisy(rig.now)).toBe(true);
    const from = rig.now;
    expect(rig.hears('speech', 200).deeds).toEqual([]);
    expect(rig.understands('on sunday', from).deeds).toEqual(['steps back']);
  });

  it('nobody calls off a greeting, or goes on with keys', () => {
    const rig = new Rig();
    rig.thinks(rig.turns.turn({ kind: 'greeting' })).hears('speech', 400);
    expect(rig.deeds).toEqual([]);
    const keys = new Rig().presses('1#').hears('silence', FRAME_MS);
    keys.thinks(keys.turns.asked({ understood: '[keypad: 1#]' })).hears('speech', 400);
    expect(keys.deeds).toEqual(['answers "[keypad: 1#]"']);
  });
});

describe('while the agent speaks', () => {
  it('words interrupt it', () => {
    const rig = new Rig().hears('silence', 200).speaks(ANSWER).hears('silence', 1000);
    const from = rig.now;
    rig.hears('speech', 400);
    expect(rig.agent.turn?.isPaused).toBe(true);
    expect(rig.understands('no no wait', from).deeds).toEqual(['yields']);
  });

  it('it holds its breath for a sound, and goes on though no frame tells how the sound ended', () => {
    const rig = new Rig().hears('silence', 200).speaks(ANSWER).hears('silence', 300);
    rig.hears('speech', 100);
    expect(rig.agent.turn?.isPaused).toBe(true);
    rig.misses(SETTINGS.interruption.noiseMsMax - FRAME_MS);
    expect(rig.agent.turn?.isPaused).toBe(true);
    expect(rig.misses(FRAME_MS).agent.turn?.isPaused).toBe(false);
  });

  it.each([
    ['Is nine?', 'yes'],
    [ANSWER, ''],
  ])('after %j a "yes" that is said over it leaves %j to be answered', (said, left) => {
    const rig = new Rig().hears('silence', 200).speaks(said).hears('silence', 100);
    const from = rig.now;
    rig.hears('speech', 200).understands('yes', from).hears('silence', 400);
    expect(rig.agent.turn?.isPaused).toBe(false);
    expect(rig.deeds).toEqual([]);
    expect(rig.parts.hearing.endpointing.text).toBe(left);
  });
});

describe('faults', () => {
  const fail = (rig: Rig, code: FaultCode, sttId = 1): void =>
    rig.caller.failRecognition(
      { kind: 'stt-error', sttId, fault: { code, message: 'scripted' } },
      rig.now,
    );

  it('of a recogniser are recorded, and the call is given up where there is no other', () => {
    const rig = new Rig();
    fail(rig, 'STT_UNAVAILABLE');
    expect([rig.deeds, rig.codes]).toEqual([[], ['STT_UNAVAILABLE']]);
    rig.misses(FRAME_MS);
    fail(rig, 'STT_AUTH', 2);
    expect([rig.deeds, rig.codes]).toEqual([['gives up'], ['STT_UNAVAILABLE', 'STT_AUTH']]);
  });

  it('of one that is gone are nothing', () => {
    const rig = new Rig();
    fail(rig, 'STT_AUTH', 7);
    expect([rig.deeds, rig.codes]).toEqual([[], []]);
  });

  it('of the line are told once, and again when audio has come meanwhile', () => {
    const rig = new Rig().thinks(new TurnRig().turn({ kind: 'greeting' }));
    rig.misses(mediaGapMsMax - FRAME_MS);
    expect(rig.codes).toEqual([]);
    expect(rig.misses(3 * mediaGapMsMax).codes).toEqual(['MEDIA_MISSING']);
    rig.hears('silence', FRAME_MS).misses(mediaGapMsMax);
    expect(rig.codes).toEqual(['MEDIA_MISSING', 'MEDIA_MISSING']);
  });
});
