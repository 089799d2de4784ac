/** The calls whose timelines are kept. */

import { SCRIPTS } from '../../virtual-call/plan.ts';
import type { Scenario, ScenarioTurn } from './scenario.ts';

const BYE: Readonly<Record<'en' | 'ms' | 'zh', ScenarioTurn>> = {
  en: { caller: 'Thank you, bye bye.', agent: 'Thank you for calling. Goodbye!', isLast: true },
  ms: {
    caller: 'Terima kasih, selamat tinggal.',
    agent: 'Sama-sama. Selamat tinggal!',
    isLast: true,
  },
  zh: { caller: '好的，谢谢，再见。', agent: '谢谢您的来电，再见！', isLast: true },
};

const HOURS: ScenarioTurn = {
  caller: 'What time do you open on Sunday?',
  agent: 'On Sunday we are open from eleven in the morning to six in the evening.',
};

const FIRST_VISIT: ScenarioTurn = {
  caller: 'Do I need to fast before the blood test?',
  agent:
    'Yes, please do not eat for eight hours before the test. Water is fine, and you can take your medicine as usual.',
};

const MEDICINE: ScenarioTurn = {
  caller: '验血之前需要空腹吗？',
  agent: '需要，验血前八个小时不要吃东西。可以喝水，药也可以照常吃。',
};

const ALL_MODELS = { provider: 'model', code: 'LLM_UNAVAILABLE' } as const;

export const SCENARIOS = [
  {
    name: 'en-booking-with-pauses',
    about:
      'The caller pauses in mid-sentence, once for longer than a second; nobody speaks into it.',
    language: 'en',
    turns: [
      {
        caller: 'Hi, I would like to <1100> make an appointment with Doctor Lim.',
        agent: 'Of course. Which day would suit you best?',
      },
      {
        caller: 'Wednesday <600> morning, if you have <500> anything.',
        agent: 'Wednesday morning is fine. Doctor Lim is free at nine thirty and at eleven.',
      },
      { caller: 'Nine thirty.', agent: 'Good, nine thirty it is. See you on Wednesday.' },
      BYE.en,
    ],
  },
  {
    name: 'ms-correction',
    about: 'The caller corrects himself in one breath: the correction is what is answered.',
    language: 'ms',
    turns: [
      {
        caller: 'Helo, saya nak buat temujanji dengan Doktor Lim.',
        agent: 'Boleh. Hari apa yang sesuai untuk puan?',
      },
      {
        caller: 'Mungkin Selasa, <300> eh bukan, Rabu pagi.',
        agent: 'Rabu pagi boleh. Doktor Lim ada masa pukul sembilan setengah dan pukul sebelas.',
      },
      BYE.ms,
    ],
  },
  {
    name: 'zh-interruption',
    about:
      'The caller cuts in with a correction: the agent falls silent, and knows what was heard of it.',
    language: 'zh',
    turns: [
      {
        caller: '你好，我想预约星期二早上。',
        agent: '好的，星期二早上。林医生九点半和十一点有空，请问您想要哪一个时间？',
      },
      {
        caller: '不对，我要星期三早上。',
        agent: '星期三早上，好的。林医生那天十点有空。',
        cutsInAfterMs: 1800,
      },
      BYE.zh,
    ],
  },
  {
    name: 'en-digits-read-out',
    about: 'A telephone number in groups with pauses between them is one turn.',
    language: 'en',
    turns: [
      {
        caller: 'Please call me back about my order.',
        agent: 'Gladly. What is your number?',
      },
      {
        caller: 'My number is <900> 012 <700> 345 <800> 6789.',
        agent: 'Thank you, I have noted that. We will call you this afternoon.',
      },
      BYE.en,
    ],
  },
  {
    name: 'en-keypad',
    about: 'A number on the keypad is one turn, ended by #; the first key stops the agent.',
    language: 'en',
    turns: [
      {
        caller: 'I want to know my balance.',
        agent:
          'Please type your account number, and then the hash key, so that I can find your account.',
      },
      {
        caller: '7 7 0 1',
        keys: '7701#',
        agent: 'Thank you. Your balance is forty ringgit.',
        cutsInAfterMs: 3200,
      },
      BYE.en,
    ],
  },
  {
    name: 'zh-back-channels',
    about: 'The listener nods along aloud: the agent does not stop for it.',
    language: 'zh',
    turns: [
      { ...MEDICINE, nods: { afterMs: 1500, text: '嗯嗯' } },
      {
        caller: '检查要多少钱？',
        agent: '基本检查是九十令吉。如果医生要验血，另外加六十。可以刷卡，也可以付现金。',
        nods: { afterMs: 2600, text: '好' },
      },
      BYE.zh,
    ],
  },
  {
    name: 'en-cough',
    about: 'A cough and a door while the agent speaks are no speech: it speaks on.',
    language: 'en',
    turns: [
      { ...FIRST_VISIT, noise: { afterMs: 1700, kind: 'cough', lengthMs: 350 } },
      { ...HOURS, noise: { afterMs: 1200, kind: 'door', lengthMs: 120 } },
      BYE.en,
    ],
  },
  {
    name: 'en-back-channel-on-twilio',
    about: 'A nod on genuine Twilio, which cannot pause: the word that was cut is said again.',
    language: 'en',
    peer: 'twilio',
    turns: [{ ...FIRST_VISIT, nods: { afterMs: 1700, text: 'uh-huh' } }, BYE.en],
  },
  {
    name: 'ms-somebody-else-in-the-room',
    about:
      'Somebody else speaks in the room: what recognition does not understand is ignored; what it does is taken for the caller, and costs a turn.',
    language: 'ms',
    bystander: [
      [9000, 'kunci letak mana tadi', false],
      [16_000, 'jom makan dah siap', true],
    ],
    turns: [
      {
        caller: 'Perlu ke saya berpuasa sebelum ujian darah?',
        agent:
          'Ya, jangan makan lapan jam sebelum ujian. Air kosong boleh, dan ubat boleh makan macam biasa.',
      },
      {
        caller: 'Berapa harga pemeriksaan tu?',
        agent: 'Pemeriksaan asas sembilan puluh ringgit. Boleh bayar dengan kad atau tunai.',
      },
      BYE.ms,
    ],
  },
  {
    name: 'en-television',
    about:
      'A television runs all the time: turns end all the same, and nothing it says is answered.',
    language: 'en',
    surroundings: { background: 'television', backgroundDbov: -46 },
    turns: [HOURS, FIRST_VISIT, BYE.en],
  },
  {
    name: 'zh-echo',
    about:
      "The line gives the agent's voice back, and recognition understands some of it: it does not answer itself.",
    language: 'zh',
    surroundings: { hasEcho: true, echoWordsProbability: 0.4 },
    turns: [
      MEDICINE,
      { caller: '星期天几点开门？', agent: '星期天早上十一点开门，晚上六点关门。' },
      BYE.zh,
    ],
  },
  {
    name: 'en-silence',
    about: 'Nobody says anything: two questions, then goodbye.',
    language: 'en',
    turns: [{ ...HOURS, reactionMs: 90_000 }],
  },
  {
    name: 'ms-hang-up-in-mid-word',
    about: 'The caller hangs up in the middle of a word: nothing runs on, nothing is answered.',
    language: 'ms',
    earlyEnd: { turnIndex: 1, during: 'words', afterMs: 1150 },
    turns: [
      { caller: 'Pukul berapa kedai buka?', agent: 'Kedai buka pukul sepuluh pagi.' },
      { caller: 'Boleh saya tempah meja untuk empat orang?', agent: 'Boleh, untuk hari apa?' },
    ],
  },
  {
    name: 'en-hang-up-during-the-answer',
    about: 'The caller hangs up while the agent speaks: the record has what he heard, to the word.',
    language: 'en',
    earlyEnd: { turnIndex: 0, during: 'answer', afterMs: 2300 },
    turns: [FIRST_VISIT],
  },
  {
    name: 'ms-two-languages-in-one-sentence',
    about: 'English and Malay in one sentence, as in Kuala Lumpur.',
    language: 'ms',
    turns: [
      {
        caller: 'Boleh tak I <500> change the appointment to next week?',
        agent: 'Boleh, no problem. Which day next week?',
      },
      {
        caller: 'Esok I busy, <400> Thursday can or not?',
        agent: 'Thursday boleh. The morning is still free.',
      },
      BYE.ms,
    ],
  },
  {
    name: 'zh-told-from-english',
    about:
      'Three languages are listened for: after three words the call is in Mandarin, phrases too.',
    language: 'zh',
    turns: [MEDICINE, { caller: '星期天几点开门？', agent: '星期天早上十一点开门。' }, BYE.zh],
    settings: (settings) => ({
      ...settings,
      phrases: { en: SCRIPTS.en.phrases, ms: SCRIPTS.ms.phrases, zh: SCRIPTS.zh.phrases },
      stt: { ...settings.stt, languages: ['en-SG', 'ms-MY', 'zh-CN'], isIdentifying: true },
    }),
  },
  {
    name: 'en-answered-too-early',
    about:
      'A sentence that could have been all goes on: the answer that has just begun is taken back, and all of it is answered.',
    language: 'en',
    turns: [
      {
        caller: 'Can I book a table for Saturday? <520> For four people, in the evening.',
        agent: 'A table for four on Saturday evening. Is seven all right?',
      },
      { caller: 'Yes, seven is fine.', agent: 'Good, your table is booked for seven.' },
      BYE.en,
    ],
  },
  {
    name: 'ms-both-at-once',
    about:
      'The caller pauses for longer than anybody waits, and both begin at once: the agent gives way.',
    language: 'ms',
    turns: [
      {
        caller: 'Di mana saya boleh letak kereta? <1000> Saya datang dengan kereta besar.',
        agent: 'Tempat letak kereta ada di bawah bangunan. Jam pertama percuma.',
        stopsWhenTalkedOver: false,
      },
      { ...BYE.ms, reactionMs: 900 },
    ],
  },
  {
    name: 'en-slow-model',
    about: 'The model takes three seconds: an opener at once, then a filler, then the answer.',
    language: 'en',
    latencies: { firstTokenMs: { median: 3300, p95: 3600 } },
    turns: [HOURS, BYE.en],
  },
  {
    name: 'zh-slow-voice',
    about:
      'The voice takes a second and a half to its first sound; a phrase from the cache bridges it.',
    language: 'zh',
    latencies: { firstByteMs: { median: 1500, p95: 1700 } },
    turns: [MEDICINE, BYE.zh],
  },
  {
    name: 'en-model-breaks-off',
    about:
      'The model breaks off in mid-sentence: the next one goes on with it, and the caller hears no seam.',
    language: 'en',
    outages: [
      {
        provider: 'model',
        only: 'primary',
        code: 'LLM_BROKEN',
        fromMs: 5500,
        untilMs: 8400,
        afterTokens: 9,
      },
    ],
    settings: (settings) => ({
      ...settings,
      models: { ...settings.models, hedges: [], hedgeAfterMs: 700 },
    }),
    turns: [HOURS, BYE.en],
  },
  {
    name: 'en-no-model-for-a-while',
    about: 'No model answers: the agent apologises, the caller asks again, and is answered.',
    language: 'en',
    outages: [{ ...ALL_MODELS, fromMs: 4000, untilMs: 10_000 }],
    turns: [HOURS, BYE.en],
  },
  {
    name: 'zh-account-refused',
    about:
      'The account of the models is refused: nothing helps, the agent says so and ends the call.',
    language: 'zh',
    outages: [{ provider: 'model', code: 'LLM_AUTH', fromMs: 0, untilMs: 600_000 }],
    turns: [MEDICINE],
  },
  {
    name: 'ms-voice-breaks-off',
    about: 'The connection to the voice breaks in mid-sentence: the rest is fetched over HTTP.',
    language: 'ms',
    outages: [
      { provider: 'voice', code: 'TTS_UNAVAILABLE', fromMs: 8150, untilMs: 40_000, only: 'socket' },
    ],
    turns: [
      {
        caller: 'Perlu ke saya berpuasa sebelum ujian darah?',
        agent:
          'Ya, jangan makan lapan jam sebelum ujian. Air kosong boleh, dan ubat boleh makan macam biasa.',
      },
      BYE.ms,
    ],
  },
  {
    name: 'en-recognition-breaks-off',
    about:
      'Recognition fails in the middle of a sentence: the next one is given the audio again, no word is lost.',
    language: 'en',
    outages: [{ provider: 'recognition', code: 'STT_UNAVAILABLE', fromMs: 6300, untilMs: 6600 }],
    turns: [FIRST_VISIT, BYE.en],
  },
  {
    name: 'en-slow-tool',
    about:
      'An order is looked up for four seconds: the caller is told to wait, and is not left in silence.',
    language: 'en',
    latencies: { toolMs: { median: 4200, p95: 4400 } },
    turns: [
      {
        caller: 'Where is my order 4 4 7 2 9 1?',
        agent: 'One moment, let me look that up.',
        tool: 'find_order',
        afterTool: 'It left our warehouse on Monday and is with the courier now.',
      },
      BYE.en,
    ],
  },
  {
    name: 'ms-transfer',
    about: 'The caller is connected to somebody else when he has heard so, and the agent leaves.',
    language: 'ms',
    turns: [
      {
        caller: 'Boleh sambungkan saya dengan jururawat?',
        agent: 'Boleh, saya sambungkan sekarang.',
        tool: 'transfer',
      },
    ],
    settings: (settings) => ({
      ...settings,
      tools: [{ name: 'transfer', isBuiltin: true, isSafeToAbort: false, timeoutMs: 8000 }],
      transferTargets: [{ name: 'nurse', target: '201', manner: 'cold' }],
    }),
  },
] as const satisfies readonly Scenario[];

export type ScenarioName = (typeof SCENARIOS)[number]['name'];
