/** A caller of the bench in real time: says what is planned to a phone, and does what is planned besides. */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import type { Phone } from '../rig/phone.ts';
import type { Aside, PlannedTurn } from '../virtual-call/plan.ts';
import { noiseOf, silenceOf, speechOf } from './planned-speech.ts';
import { ScriptedCaller, type HeardUtterance } from './scripted-caller.ts';

/** What a caller does in a call. */
export interface CallerPlan {
  readonly seed: number;
  /** He speaks first, as who is called does. */
  readonly opening?: PlannedTurn['said'];
  readonly turns: readonly PlannedTurn[];
  /** He hangs up so long after the first sound of the last answer. */
  readonly hangsUpAfterMs?: number;
}

/** One turn as it happened at the phone. Times are milliseconds since the call was placed. */
export interface PlayedTurn {
  readonly turn: PlannedTurn;
  readonly startMs: number;
  readonly endMs: number;
  /** Spoken into the answer before, which had not ended by its own. */
  readonly isInto: boolean;
  /** How long the agent went on after the first sample of this; for one that is spoken into an answer. */
  readonly yieldMs: number | undefined;
  /** In answer, as far as it was heard. */
  readonly answer: HeardUtterance;
  /** What he did while the agent answered, when the agent was speaking. */
  readonly aside: Aside | undefined;
}

/** The agent holds its breath while it listens to a nod or a cough: that is not the end of what it says. */
const PAUSE_WITH_ASIDE_MS = 2600;

/** Between taking a call and "hello?". */
const OPENING_MS = 300;

export async function holdConversation(
  phone: Phone,
  plan: CallerPlan,
): Promise<readonly PlayedTurn[]> {
  const caller = new ScriptedCaller(phone);
  if (plan.opening !== undefined) {
    await firstPacket(phone);
    await caller.play(Buffer.concat([silenceOf(OPENING_MS), speechOf(plan.opening)]));
  }
  await caller.hear();
  const played: PlayedTurn[] = [];
  let begun: Omit<PlayedTurn, 'turn' | 'answer' | 'aside'> | undefined;
  for (const [index, turn] of plan.turns.entries()) {
    begun ??= {
      ...(await caller.play(speechOf(turn.said))),
      isInto: false,
      yieldMs: undefined,
    };
    const next = plan.turns[index + 1];
    const add = (answer: HeardUtterance, aside?: Aside): void => {
      if (begun !== undefined) played.push({ ...begun, turn, answer, aside });
      begun = undefined;
    };
    if (next === undefined && plan.hangsUpAfterMs !== undefined) {
      await caller.hearFor(plan.hangsUpAfterMs);
      await phone.hangup();
      add(await caller.hear());
    } else if (
      next?.interruptsAfterMs !== undefined &&
      (await caller.hearFor(next.interruptsAfterMs))
    ) {
      const { spoken, heard, yieldMs } = await caller.playInto(speechOf(next.said));
      add(heard);
      begun = { ...spoken, isInto: true, yieldMs };
    } else if (turn.aside !== undefined && (await caller.hearFor(turn.aside.afterMs))) {
      await caller.play(soundOf(turn.aside, plan.seed));
      add(await caller.hear(PAUSE_WITH_ASIDE_MS), turn.aside);
    } else {
      add(await caller.hear());
    }
  }
  return played;
}

/** From then on there is somebody who hears. */
export async function firstPacket(phone: Phone): Promise<void> {
  await firstAudio(phone, () => true);
}

/** The agent is heard for the first time; or the call is over. */
export async function firstSound(phone: Phone): Promise<void> {
  await firstAudio(phone, (mulaw) => mulaw.some((code) => code !== MULAW_SILENCE));
}

async function firstAudio(phone: Phone, isIt: (mulaw: Uint8Array) => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const off = phone.onAudio((mulaw) => {
    if (isIt(mulaw)) resolve();
  });
  await Promise.race([promise, phone.ended]);
  off();
}

function soundOf(aside: Aside, seed: number): Uint8Array {
  return aside.kind === 'noise' ? noiseOf(aside.noise, aside.lengthMs, seed) : speechOf(aside.said);
}
