/** What both sides of a call work with, made once for each call. */

import { AnswerWatch } from './answering/answer-watch.ts';
import type { CallOutput } from './contract.ts';
import { Hearing } from './hearing/hearing.ts';
import { History } from './thinking/history.ts';
import { Interruptions } from './hearing/interruptions.ts';
import { Journal } from './records/journal.ts';
import { Keypad } from './hearing/keypad.ts';
import { Ledger } from './records/ledger.ts';
import { Manners } from './manners.ts';
import { Outlet } from './playout/outlet.ts';
import { PastTurns } from './records/past-turns.ts';
import type { SessionSettings } from './settings.ts';

export interface CallParts {
  readonly settings: SessionSettings;
  readonly emit: (output: CallOutput) => void;
  readonly hearing: Hearing;
  readonly keypad: Keypad;
  readonly interruptions: Interruptions;
  readonly outlet: Outlet;
  readonly history: History;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly manners: Manners;
  readonly answerWatch: AnswerWatch;
  readonly pastTurns: PastTurns;
}

export function createCallParts(
  settings: SessionSettings,
  emit: (output: CallOutput) => void,
): CallParts {
  const { endpointing, interruption, limits, stt, timings } = settings;
  const hearing = new Hearing({ emit, endpointing, stt });
  const history = new History(settings.history);
  const ledger = new Ledger();
  const answerWatch = new AnswerWatch();
  const journal = new Journal({
    emit,
    consumption: () => ledger.toConsumption(hearing.audioSeconds),
    locale: () => hearing.language.locale,
    answeredBy: () => answerWatch.answeredBy,
  });
  return {
    settings,
    emit,
    hearing,
    keypad: new Keypad(timings.keypadPauseMs),
    interruptions: new Interruptions(interruption, hearing.endpointing, hearing.surroundings),
    outlet: new Outlet(emit),
    history,
    ledger,
    journal,
    manners: new Manners(limits, timings),
    answerWatch,
    pastTurns: new PastTurns({ history, journal, ledger }),
  };
}
