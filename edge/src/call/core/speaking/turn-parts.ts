/** What all utterances of a call share. */

import type { AgentTurn } from './agent-turn.ts';
import type { Clips } from './clips.ts';
import type { CallOutput } from '../contract.ts';
import type { Fault } from '../faults.ts';
import type { Journal } from '../records/journal.ts';
import type { Language } from '../language/language.ts';
import type { Outlet } from '../playout/outlet.ts';
import type { PlayoutClock } from '../playout/playout-clock.ts';
import type { Phrases, SessionSettings } from '../settings.ts';
import type { Toolbox } from '../thinking/toolbox.ts';
import type { VoiceRoutes } from './voice-routes.ts';

export interface TurnParts {
  readonly settings: SessionSettings;
  readonly emit: (output: CallOutput) => void;
  readonly outlet: Outlet;
  readonly clock: PlayoutClock;
  readonly routes: VoiceRoutes;
  readonly clips: Clips;
  readonly journal: Journal;
  readonly toolbox: Toolbox;
  readonly phrases: (language: Language) => Phrases;
  /** First words that can be said at once. */
  readonly openers: (language: Language) => readonly string[];
  /** The one whose turn it is. */
  readonly nextOpener: (language: Language) => string | undefined;
  readonly nextTurnName: () => string;
  readonly nextTurnIndex: () => number;
  readonly nextRequestId: () => number;
  /** There is no answer: says something else, or ends the call. */
  readonly onFailed: (turn: AgentTurn, fault: Fault, now: number) => void;
  /** No voice can be had. */
  readonly onMute: (turn: AgentTurn, now: number) => void;
}
