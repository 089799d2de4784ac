/** What an agent says of its own accord in one language: its own phrases, else those that the lexicons bring. */

import { languageOf } from '../call/core/language/language.ts';
import { LEXICONS } from '../call/core/language/lexicons.ts';
import type { Phrases } from '../call/core/settings.ts';
import type { Agent } from './agent.ts';
import { spokenIn, type Spoken } from './language.ts';

/**
 * The phrases of `agent` in `locale`, which is one of its languages or not; `fill` fills their placeholders.
 *
 * Where there is no lexicon of the language, the English one stands in. A call that `isReturned` was to be put through, and
 * nobody took it.
 */
export function phrasesOf(
  agent: Agent,
  locale: string,
  fill: (text: string) => string,
  isReturned = false,
): Phrases {
  const { phrases: builtIn } = LEXICONS[languageOf(locale)];
  const [main = locale] = agent.languages;
  const { greeting, phrases, recording, voicemail } = agent;
  const say = (own: Spoken | undefined, otherwise: string): string =>
    own === undefined ? otherwise : fill(spokenIn(own, locale, main));
  const list = (
    own: readonly Spoken[] | undefined,
    otherwise: readonly string[],
  ): readonly string[] => own?.map((each) => fill(spokenIn(each, locale, main))) ?? otherwise;
  // The greeting of a call that comes back from a transfer.
  const first = isReturned ? say(phrases.notConnected, builtIn.notConnected) : undefined;
  // Who has heard it knows: only then is the call recorded.
  const isAnnounced = recording.isOn && recording.consent === 'announce';
  const notice = isAnnounced ? say(recording.announcement, builtIn.recordingNotice) : '';
  return {
    greeting: first ?? [notice, say(greeting, builtIn.greeting)].join(' ').trim(),
    apology: say(phrases.apology, builtIn.apology),
    notUnderstood: say(phrases.notUnderstood, builtIn.notUnderstood),
    reprompt: say(phrases.reprompt, builtIn.reprompt),
    goodbye: say(phrases.goodbye, builtIn.goodbye),
    wrapUp: say(phrases.wrapUp, builtIn.wrapUp),
    timeLimit: say(phrases.timeLimit, builtIn.timeLimit),
    failure: say(phrases.failure, builtIn.failure),
    openers: list(phrases.openers, builtIn.openers),
    fillers: list(phrases.fillers, builtIn.fillers),
    voicemail: say(voicemail.message, builtIn.voicemail),
  };
}
