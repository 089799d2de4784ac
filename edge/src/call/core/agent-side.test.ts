import { describe, expect, it } from 'vitest';
import { AgentSide } from './agent-side.ts';
import { createCallParts } from './call-parts.ts';
import type { CallOutput, TransferStatus } from './contract.ts';
import { firstOf } from './deadline.ts';
import type { SessionSettings } from './settings.ts';
import { PHRASES, SETTINGS } from './settings.test-support.ts';

type OutputOf<Kind extends CallOutput['kind']> = Extract<CallOutput, { kind: Kind }>;

const { goodbye, failure, reprompt } = PHRASES;
const DESK = { name: 'front desk', target: '200', manner: 'cold' } as const;
/** Behind everything that can be heard of one phrase. */
const LATER_MS = 10_000;

/** An agent whose phrases are all in the cache, and a peer that plays them at once. */
class Rig {
  now = 1000;
  readonly outputs: CallOutput[] = [];
  readonly agent: AgentSide;
  readonly parts;

  constructor(settings: Partial<SessionSettings> = {}) {
    const all = { ...SETTINGS, ...settings };
    this.parts = createCallParts(all, (each) => void this.outputs.push(each));
    this.agent = new AgentSide(this.parts, 0);
    for (const text of [...Object.values(PHRASES).flat(), 'Bye.']) {
      if (text !== '')
        this.agent.putClip({ kind: 'clip', text, mulaw: new Uint8Array(800).fill(1) });
    }
    this.parts.manners.begin(this.now);
    this.parts.outlet.start(true);
    this.agent.begin(this.now);
    this.parts.hearing.open(this.now);
  }

  /** All that was sent is heard, and what follows from it. */
  heardOut(): this {
    this.agent.settle(this.now);
    const marks = this.sent('send-mark');
    const bytes = this.sent('send-media').reduce((sum, { mulaw }) => sum + mulaw.length, 0);
    this.parts.outlet.played(bytes, undefined);
    for (const { name } of marks) this.agent.hearMark(name, this.now);
    this.agent.settle(this.now);
    return this;
  }

  /** Time goes by, with all that falls due in it. */
  later(ms = LATER_MS): this {
    const until = this.now + ms;
    for (let i = 0; i < 100; i++) {
      const due = firstOf(this.agent.deadlines(this.now));
      if (due === undefined || due.at > until) break;
      this.now = Math.max(this.now, due.at);
      firstOf(this.agent.deadlines(this.now))?.run();
      this.agent.settle(this.now);
    }
    this.now = until;
    return this;
  }

  says(text: string): this {
    this.agent.sayOwn('reprompt', text, this.now);
    this.agent.settle(this.now);
    return this;
  }

  /** The caller asks for a person, and the model has him connected. */
  asksForPerson(): this {
    this.agent.reply('a person please', this.now, this.now);
    return this.#hasConnected();
  }

  transfer(status: TransferStatus): this {
    const transferId = this.sent('transfer').at(-1)?.transferId ?? '';
    this.agent.handleTransfer({ kind: 'transfer-progress', transferId, status }, this.now);
    this.agent.settle(this.now);
    return this;
  }

  /** The transfer fails; the model, told so, insists. */
  insists(): this {
    return this.transfer('failed').#hasConnected();
  }

  sent<Kind extends CallOutput['kind']>(kind: Kind): readonly OutputOf<Kind>[] {
    return this.outputs.filter((each): each is OutputOf<Kind> => each.kind === kind);
  }

  journalled(event: string): readonly string[] {
    return this.sent('log').flatMap((each) => (each.event === event ? each.message : []));
  }

  get closed(): readonly string[] {
    return this.sent('close-socket').map(({ reason }) => reason);
  }

  #hasConnected(): this {
    const requestId = this.sent('llm-request').at(-1)?.requestId ?? -1;
    const call = {
      id: `t${requestId}`,
      name: 'transfer',
      argumentsJson: '{"target":"front desk"}',
    };
    this.agent.handle({ kind: 'llm-tool-call', requestId, call }, this.now);
    this.agent.handle({ kind: 'llm-done', requestId }, this.now);
    return this.heardOut();
  }
}

describe('last words', () => {
  const bye = { text: 'Bye.', reason: 'silence', kind: 'farewell' } as const;

  it('are said at once where the caller has the floor, and the call ends behind them', () => {
    const rig = new Rig();
    rig.agent.sayGoodbye(bye, rig.now);
    rig.agent.settle(rig.now);
    expect([rig.agent.state, rig.closed]).toEqual(['leaving', []]);
    expect(rig.heardOut().closed).toEqual(['silence']);
  });

  it('wait until the agent has finished, and the first ones are the last', () => {
    const rig = new Rig().says(reprompt);
    rig.agent.sayGoodbye(bye, rig.now);
    expect([rig.agent.state, rig.agent.isLeaving]).toEqual(['speaking', true]);
    rig.heardOut();
    expect(rig.agent.state).toBe('leaving');
    rig.agent.sayGoodbye({ ...bye, reason: 'time-limit' }, rig.now);
    expect(rig.heardOut().closed).toEqual(['silence']);
  });

  it('give way to others while they wait', () => {
    const rig = new Rig().says(reprompt);
    rig.agent.sayGoodbye(bye, rig.now);
    rig.agent.sayGoodbye({ ...bye, reason: 'time-limit' }, rig.now);
    expect(rig.heardOut().heardOut().closed).toEqual(['time-limit']);
  });

  it('of which nothing can be said end the call at once', () => {
    const rig = new Rig();
    rig.agent.sayGoodbye({ ...bye, text: ' ... ' }, rig.now);
    expect([rig.agent.state, rig.closed]).toEqual(['ended', ['silence']]);
  });
});

describe('the end', () => {
  it('comes once, whoever asks for it', () => {
    const rig = new Rig().says(reprompt);
    rig.agent.end('caller-hangup', rig.now);
    rig.agent.end('internal-error', rig.now);
    expect(rig.closed).toEqual(['caller-hangup']);
    expect(rig.journalled('call-ended')).toEqual(['caller-hangup']);
    expect(rig.sent('stt-close')).toHaveLength(1);
  });

  it('tells the peer of an error of ours by the code of the socket', () => {
    const codeOf = (reason: 'caller-hangup' | 'internal-error'): number | undefined => {
      const rig = new Rig();
      rig.agent.end(reason, rig.now);
      return rig.sent('close-socket')[0]?.code;
    };
    expect([codeOf('caller-hangup'), codeOf('internal-error')]).toEqual([1000, 1011]);
  });
});

describe('speaking of its own accord', () => {
  it('is left out where the operator has switched the phrase off, and the wait for the caller begins again', () => {
    const rig = new Rig();
    rig.now += 500;
    rig.says('');
    expect([rig.agent.state, rig.agent.turn]).toEqual(['listening', undefined]);
    expect(rig.agent.listeningSince).toBe(rig.now);
  });

  it('ends in a goodbye after so many times in a row', () => {
    const rig = new Rig();
    for (let i = 0; i <= SETTINGS.limits.repromptsMax; i++) {
      rig.agent.promptAgain(reprompt, rig.now);
      rig.heardOut();
    }
    expect(rig.closed).toEqual(['silence']);
    expect(rig.sent('record-turn').map(({ record }) => record.heard)).toEqual([
      reprompt,
      reprompt,
      goodbye,
    ]);
  });
});

describe('a person', () => {
  it('takes a call that cannot go on, once the caller has been told', () => {
    const rig = new Rig({ failureTarget: DESK });
    rig.agent.giveUp(rig.now);
    rig.agent.settle(rig.now);
    expect(rig.sent('transfer')).toEqual([]);
    rig.heardOut();
    expect(rig.sent('transfer')).toMatchObject([{ target: '200' }]);
    expect(rig.agent.state).toBe('connecting');
    expect(rig.transfer('answered').closed).toEqual(['transferred']);
  });

  it('who is not there either leaves the call to the next verb', () => {
    const rig = new Rig({ failureTarget: DESK });
    rig.agent.giveUp(rig.now);
    expect(rig.heardOut().transfer('failed').closed).toEqual(['provider-failure']);
  });

  it('is not asked for where there is none: the call ends behind the words', () => {
    const rig = new Rig();
    rig.agent.giveUp(rig.now);
    expect(rig.heardOut().closed).toEqual(['provider-failure']);
    expect(rig.sent('record-turn')[0]?.record.heard).toBe(failure);
  });
});

describe('a transfer', () => {
  it('of which nobody tells the end fails in the end', () => {
    const rig = new Rig().asksForPerson();
    expect(rig.agent.state).toBe('connecting');
    rig.later(120_000);
    expect(rig.sent('log').map(({ code }) => code)).toContain('TRANSFER_FAILED');
    expect(rig.sent('llm-request').at(-1)?.messages.at(-1)?.content).toContain('nobody answered');
  });

  it('is what a caller who hangs up while it is under way has got', () => {
    const rig = new Rig().asksForPerson();
    rig.agent.end('caller-hangup', rig.now);
    expect(rig.journalled('call-ended')).toEqual(['transferred']);
  });

  it('that fails three times in a row is tried again only when the caller has spoken', () => {
    const rig = new Rig().asksForPerson().insists().insists();
    expect(rig.sent('transfer')).toHaveLength(3);
    const asked = rig.sent('llm-request').length;
    rig.transfer('failed').heardOut();
    expect(rig.sent('llm-request')).toHaveLength(asked);
    expect(rig.sent('record-turn').at(-1)?.record.heard).toBe(reprompt);
    rig.asksForPerson().insists();
    expect(rig.sent('transfer')).toHaveLength(5);
  });
});

describe('a call of ours', () => {
  it('has its greeting voiced before somebody listens, and said when he does', () => {
    const rig = new Rig();
    rig.agent.prepareGreeting(rig.now);
    rig.agent.settle(rig.now);
    expect([rig.sent('send-media'), rig.agent.state]).toEqual([[], 'listening']);
    rig.agent.greet('hello', rig.now);
    rig.heardOut();
    expect(rig.sent('record-turn')[0]?.record).toMatchObject({
      kind: 'greeting',
      understood: 'hello',
      heard: PHRASES.greeting,
    });
  });

  it.each([
    ['that nobody listens to is silent', (rig: Rig) => rig.agent.hush(rig.now), 'listening'],
    ['that ends before is silent', (rig: Rig) => rig.agent.end('machine', rig.now), 'ended'],
  ] as const)('%s, and the greeting that nobody heard is no turn', (_, act, state) => {
    const greeting = 'Good morning.';
    const rig = new Rig({ phrases: { en: { ...PHRASES, greeting } } });
    rig.agent.prepareGreeting(rig.now);
    const voiced = rig.sent('tts-speak').map(({ contextId }) => contextId);
    expect(voiced).toHaveLength(1);
    act(rig);
    expect(rig.sent('tts-close').map(({ contextId }) => contextId)).toEqual(voiced);
    expect([rig.agent.state, rig.sent('send-media')]).toEqual([state, []]);
    expect(rig.heardOut().later().sent('record-turn')).toEqual([]);
  });
});
