/** A call of ours: who has answered is watched beside the conversation, and the agent does what follows. */

import type { AgentSide } from '../agent-side.ts';
import type { AnswerAction } from './answer.ts';
import type { CallParts } from '../call-parts.ts';
import type { CallInput } from '../contract.ts';
import type { Deadline } from '../deadline.ts';
import { isSpoken } from '../language/scripts.ts';

type Input<Kind extends CallInput['kind']> = Extract<CallInput, { kind: Kind }>;

/** What the agent does of all this. */
export type Answerer = Pick<
  AgentSide,
  'state' | 'phrases' | 'prepareGreeting' | 'greet' | 'hush' | 'sayGoodbye' | 'repeatLast' | 'end'
>;

/** Of a verdict in the log. */
const VERDICT_CHARS_MAX = 64;

export class CallOut {
  readonly #parts: CallParts;
  readonly #agent: Answerer;

  constructor(parts: CallParts, agent: Answerer) {
    this.#parts = parts;
    this.#agent = agent;
  }

  /** The greeting is voiced while the other side says "hello?". */
  begin(now: number): void {
    const hasGreeting = isSpoken(this.#agent.phrases.greeting);
    this.#parts.answerWatch.begin(hasGreeting, now);
    if (hasGreeting) this.#agent.prepareGreeting(now);
  }

  /** Audio that {@link CallParts.hearing} has heard already. */
  hear(mulaw: Uint8Array, now: number): void {
    const { hearing, answerWatch } = this.#parts;
    if (answerWatch.isDone) return;
    const { isSpeaking, speechEndAt } = hearing.endpointing;
    const sound = {
      isSpeaking,
      speechEndAt: speechEndAt === -Infinity ? undefined : speechEndAt,
      speechMs: hearing.speechMs,
    };
    this.#heed(answerWatch.hear(mulaw, sound, now), now);
  }

  read({ kind, text }: Input<'stt-hypothesis' | 'stt-phrase'>, now: number): void {
    this.#heed(this.#parts.answerWatch.read(text, kind === 'stt-phrase', now), now);
  }

  /** Machine detection elsewhere has come to a verdict. */
  tell({ answeredBy }: Input<'answered-by'>, now: number): void {
    this.#parts.journal.log('info', 'answered-by', answeredBy.slice(0, VERDICT_CHARS_MAX));
    this.#heed(this.#parts.answerWatch.tell(answeredBy, now), now);
  }

  deadlines(now: number): readonly Deadline[] {
    return this.#parts.answerWatch.deadlines((action) => this.#heed(action, now), now);
  }

  #heed(action: AnswerAction | undefined, now: number): void {
    if (action === undefined) return;
    const agent = this.#agent;
    const isOver = ['leaving', 'connecting', 'ended'].includes(agent.state);
    if (isOver && action !== 'start-over') return;
    this.#parts.journal.log('info', 'answer', action);
    const { voicemail: text } = agent.phrases;
    const isToBeLeft = this.#parts.settings.voicemail.mode === 'leave-message' && isSpoken(text);
    switch (action) {
      case 'greet':
        return agent.greet(this.#takeWords(now), now);
      case 'hush':
        return isToBeLeft ? agent.hush(now) : agent.end('machine', now);
      case 'leave-message':
        if (!isToBeLeft) return agent.end('machine', now);
        agent.hush(now);
        return agent.sayGoodbye({ text, reason: 'machine', kind: 'voicemail' }, now);
      case 'start-over':
        return agent.repeatLast(text, 'machine', now);
      case 'hang-up':
        return agent.end('machine', now);
    }
  }

  /** What somebody has said before he is greeted. */
  #takeWords(now: number): string {
    const { endpointing } = this.#parts.hearing;
    return endpointing.isActive ? endpointing.take(now).text : '';
  }
}
