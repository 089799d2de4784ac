/** Holds a scripted conversation over a phone and says what was said and heard. */

import { ScriptedCaller, type HeardUtterance } from './scripted-caller.ts';
import type { Phone } from '../rig/phone.ts';

/** One thing the caller says. */
export interface Line {
  readonly say: string;
  /** Says it into the agent's answer to the line before, once so many words of that have been heard. */
  readonly interruptsAfterWords?: number;
}

/** One exchange as it happened at the phone. Times are milliseconds since the call was placed. */
export interface Exchange {
  /** Undefined for the greeting: the agent speaks first. */
  readonly caller: string | undefined;
  readonly callerStartMs: number;
  readonly callerEndMs: number;
  /** What the caller heard in answer, up to where it was interrupted. */
  readonly heard: string;
  readonly heardStartMs: number;
  readonly heardEndMs: number;
  readonly isInterrupted: boolean;
  /** How long the agent went on after the caller spoke into it. */
  readonly yieldMs: number | undefined;
}

/** Runs the script. `onExchange` is told of each exchange as it is over. */
export async function converse(
  phone: Phone,
  script: readonly Line[],
  onExchange: (exchange: Exchange) => void = () => {},
): Promise<readonly Exchange[]> {
  const caller = new ScriptedCaller(phone);
  const exchanges: Exchange[] = [];
  const add = (exchange: Exchange): void => {
    exchanges.push(exchange);
    onExchange(exchange);
  };
  const greeting = await caller.hear();
  add({ ...NO_CALLER, ...heardPart(greeting), isInterrupted: false, yieldMs: undefined });

  let spoken: Spoken | undefined;
  for (const [index, line] of script.entries()) {
    spoken ??= { text: line.say, ...(await caller.say(line.say)) };
    const next = script[index + 1];
    if (next?.interruptsAfterWords === undefined) {
      const heard = heardPart(await caller.hear());
      add({ ...callerPart(spoken), ...heard, isInterrupted: false, yieldMs: undefined });
      spoken = undefined;
    } else {
      await caller.hearWords(next.interruptsAfterWords);
      const { spoken: into, heard, yieldMs } = await caller.interrupt(next.say);
      add({ ...callerPart(spoken), ...heardPart(heard), isInterrupted: true, yieldMs });
      spoken = { text: next.say, ...into };
    }
  }
  return exchanges;
}

interface Spoken {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

const NO_CALLER = { caller: undefined, callerStartMs: 0, callerEndMs: 0 } as const;

function callerPart({ text, startMs, endMs }: Spoken) {
  return { caller: text, callerStartMs: startMs, callerEndMs: endMs };
}

function heardPart({ text, startMs, endMs }: HeardUtterance) {
  return { heard: text, heardStartMs: startMs, heardEndMs: endMs };
}
