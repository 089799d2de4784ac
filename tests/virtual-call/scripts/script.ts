/** What is said in the calls of one language: topics of caller turns with the model's answers, and the agent's own phrases. */

import type { Phrases } from '@patchcord/edge/src/call/core/settings.ts';

export interface ScriptTurn {
  /**
   * What the caller says. `|`: he may pause here, after a phrase that is audibly unfinished. `/`: he may pause here, after
   * a phrase that could have been all. `~`: he always does, between groups of digits.
   */
  readonly caller: string;
  /** The model's answer to all of it, 1 to 3 sentences. */
  readonly agent: string;
  /** The model says `agent`, calls this tool, and says `afterTool` when it has the result. */
  readonly tool?: string;
  readonly afterTool?: string;
  /** The model hangs up after its answer. */
  readonly isLast?: true;
}

export interface Topic {
  readonly name: string;
  /** The first one opens the conversation; of the others some are left out, the order stays. */
  readonly turns: readonly ScriptTurn[];
}

export interface Script {
  /** ISO 639-1 and BCP 47. */
  readonly language: string;
  readonly locale: string;
  readonly topics: readonly Topic[];
  readonly closings: readonly ScriptTurn[];
  readonly phrases: Phrases;
  /** Sounds of a listener, as words. */
  readonly backchannels: readonly string[];
  /** When nobody answers. */
  readonly hello: string;
  /** What a second person in the room says. */
  readonly bystander: readonly string[];
  /** What recognition makes of a noise once in a while. */
  readonly junk: readonly string[];
  /** The model has half a sentence before it. */
  readonly answersToPart: readonly string[];
  /** The model makes nothing of it. */
  readonly answersToNothing: readonly string[];
  /** The model is greeted or told "mm-hm". */
  readonly answersToHello: readonly string[];
  /** Zero to nine, as they are read out. */
  readonly digits: readonly string[];
}
