/** What an agent says of its own accord in one language: its own phrases, else those that are built in. */

import type { Agent } from './agent.ts';
import { baseOf, spokenIn, type Spoken } from './language.ts';

export interface AgentPhrases {
  /** Empty: the agent waits for the caller. */
  readonly greeting: string;
  readonly apology: string;
  readonly notUnderstood: string;
  readonly reprompt: string;
  readonly goodbye: string;
  readonly timeLimit: string;
  /** Shortly before the time limit. */
  readonly wrapUp: string;
  readonly failure: string;
  readonly openers: readonly string[];
  readonly fillers: readonly string[];
}

const ENGLISH: AgentPhrases = {
  greeting: 'Hello! How can I help you?',
  apology: 'Sorry, I have lost my thread. Could you say that again?',
  notUnderstood: 'Sorry, I did not catch that. Could you say it again?',
  reprompt: 'Are you still there?',
  goodbye: 'Thank you for calling. Goodbye!',
  timeLimit: 'I am sorry, our time is up. Thank you for calling. Goodbye!',
  wrapUp: 'We have only a minute left.',
  failure: 'I am sorry, something is not working on our side.',
  openers: [],
  fillers: ['One moment, please.'],
};

/** By the language without its country. Any other language has the English ones: write your own. */
const BUILT_IN: Readonly<Record<string, AgentPhrases>> = {
  en: ENGLISH,
  ms: {
    greeting: 'Helo! Boleh saya bantu?',
    apology: 'Maaf, saya terlepas sedikit tadi. Boleh ulang sekali lagi?',
    notUnderstood: 'Maaf, saya tidak dengar dengan jelas. Boleh ulang sekali lagi?',
    reprompt: 'Helo, anda masih di talian?',
    goodbye: 'Terima kasih kerana menelefon. Selamat tinggal!',
    timeLimit:
      'Maaf, masa panggilan kita sudah tamat. Terima kasih kerana menelefon. Selamat tinggal!',
    wrapUp: 'Masa panggilan kita tinggal seminit sahaja lagi.',
    failure: 'Maaf, ada masalah teknikal di pihak kami.',
    openers: [],
    fillers: ['Sebentar ya.'],
  },
  zh: {
    greeting: '您好！请问有什么可以帮您？',
    apology: '不好意思，我刚才没跟上，请您再说一遍好吗？',
    notUnderstood: '不好意思，我没听清楚，请您再说一遍好吗？',
    reprompt: '您好，您还在吗？',
    goodbye: '感谢您的来电，再见！',
    timeLimit: '不好意思，通话时间到了。感谢您的来电，再见！',
    wrapUp: '我们还剩一分钟左右的通话时间。',
    failure: '非常抱歉，我们的系统出了点问题。',
    openers: [],
    fillers: ['请稍等。'],
  },
};

/** The phrases of `agent` in `language`, placeholders not filled yet. */
export function phrasesOf(agent: Agent, language: string): AgentPhrases {
  const builtIn = BUILT_IN[baseOf(language)] ?? ENGLISH;
  const [main = language] = agent.languages;
  const { greeting, phrases } = agent;
  const say = (own: Spoken | undefined, otherwise: string): string =>
    own === undefined ? otherwise : spokenIn(own, language, main);
  const list = (
    own: readonly Spoken[] | undefined,
    otherwise: readonly string[],
  ): readonly string[] =>
    own === undefined ? otherwise : own.map((each) => spokenIn(each, language, main));
  return {
    greeting: say(greeting, builtIn.greeting),
    apology: say(phrases.apology, builtIn.apology),
    notUnderstood: say(phrases.notUnderstood, builtIn.notUnderstood),
    reprompt: say(phrases.reprompt, builtIn.reprompt),
    goodbye: say(phrases.goodbye, builtIn.goodbye),
    timeLimit: say(phrases.timeLimit, builtIn.timeLimit),
    wrapUp: say(phrases.wrapUp, builtIn.wrapUp),
    failure: say(phrases.failure, builtIn.failure),
    openers: list(phrases.openers, builtIn.openers),
    fillers: list(phrases.fillers, builtIn.fillers),
  };
}
