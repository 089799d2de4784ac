/**
 * Whole calls, compared line by line with `timelines/*.txt`, and judged by what matters in each: a timeline that was renewed
 * without a look does not hide what went wrong.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CallFacts } from './timeline/call-facts.ts';
import { runScenario } from './timeline/scenario.ts';
import { SCENARIOS, type ScenarioName } from './timeline/scenarios.ts';
import { renderTimeline, timelineFile } from './timelines.ts';

const RENEW =
  'If that is meant, renew it with `node tests/scenarios/timelines.ts --write` and read the difference.';

/** So long the caller waits in silence at most, where nothing slow or silent is what the call is about. */
const WAIT_MS_MAX = 2000;
const LONGER_WAITS_MS: Readonly<Partial<Record<ScenarioName, number>>> = {
  // The agent waits for him to say it again.
  'ms-somebody-else-in-the-room': 2300,
  // He says nothing for eight seconds.
  'en-silence': 8500,
  // A filler comes 2.5 s after the last sound.
  'en-slow-model': 2600,
  'en-slow-tool': 2800,
};

/** Calls in which the caller speaks over the agent by accident: he is answered too early, or hears it stutter. */
const OVERLAP_MS_MAX: Readonly<Partial<Record<ScenarioName, number>>> = {
  'en-answered-too-early': 200,
  'en-television': 700,
  'ms-both-at-once': 250,
};

const CHECKS: Readonly<Record<ScenarioName, (call: CallFacts) => void>> = {
  'en-booking-with-pauses': (call) => {
    expect(call.understood).toHaveLength(4);
    expect(call.understood[0]).toMatch(/like to.*make an appointment with doctor lim/iu);
  },
  'ms-correction': (call) => {
    expect(call.understood[1]).toMatch(/selasa.*bukan.*rabu pagi/iu);
    expect(call.reply(1).heard).toContain('Rabu pagi boleh');
    expect(call.interruptions).toBe(0);
  },
  'zh-interruption': (call) => {
    expect(call.interruptions).toBe(1);
    expect(call.reply(0)).toMatchObject({
      interrupted: true,
      heard: '嗯，好的，星期二早上。林医生',
    });
    expect(call.reply(1).heard).toContain('星期三早上，好的。林医生那天十点有空。');
  },
  'en-digits-read-out': (call) => {
    expect(call.understood[1]?.replaceAll(/\D/gu, '')).toBe('0123456789');
    expect(call.understood).toHaveLength(3);
  },
  'en-keypad': (call) => {
    expect(call.reply(0).interrupted).toBe(true);
    expect(call.understood[1]).toBe('[keypad: 7701#]');
    expect(call.reply(1).heard).toContain('Your balance is forty ringgit.');
  },
  'zh-back-channels': (call) => {
    expect([call.interruptions, call.falseAlarms]).toEqual([0, 2]);
    expect(call.reply(0).heard).toContain('药也可以照常吃。');
    expect(call.understood).toHaveLength(3);
  },
  'en-cough': (call) => {
    expect([call.interruptions, call.falseAlarms]).toEqual([0, 0]);
    expect(call.reply(0).heard).toMatch(/as usual\.$/u);
    expect(call.reply(1).heard).toMatch(/in the evening\.$/u);
  },
  'en-back-channel-on-twilio': (call) => {
    expect([call.interruptions, call.falseAlarms, call.result.pauses]).toEqual([0, 1, 0]);
    // The word is in what was heard once.
    expect(call.reply(0).heard).toMatch(
      /do not eat for eight hours before the test\..* as usual\.$/u,
    );
  },
  'ms-somebody-else-in-the-room': (call) => {
    expect(call.reply(0)).toMatchObject({ interrupted: false });
    expect(call.understood.filter((text) => text.includes('kunci'))).toEqual([]);
    expect(call.reply(3).heard).toContain('sembilan puluh ringgit');
  },
  'en-television': (call) => {
    expect(call.understood).toHaveLength(3);
    expect(call.reply(0).heard).toContain('from eleven in the morning');
    expect(call.reply(1).heard).toMatch(/as usual\.$/u);
  },
  'zh-echo': (call) => {
    expect(call.interruptions).toBe(0);
    expect(call.understood).toHaveLength(3);
    expect(call.reply(0).heard).toContain('药也可以照常吃。');
    expect(call.falseAlarms).toBeLessThanOrEqual(1);
  },
  'en-silence': (call) => {
    const kinds = call.result.turns.map(({ kind }) => kind);
    expect(kinds).toEqual(['greeting', 'reprompt', 'reprompt', 'farewell']);
    expect(call.endReason).toBe('silence');
  },
  'ms-hang-up-in-mid-word': (call) => {
    expect([call.endReason, call.result.endedBy]).toEqual(['caller-hangup', 'caller']);
    expect(call.understood).toEqual(['Pukul berapa kedai buka?']);
    expect(call.result.contexts.filter(({ isClosed }) => !isClosed)).toEqual([]);
  },
  'en-hang-up-during-the-answer': (call) => {
    expect(call.endReason).toBe('caller-hangup');
    expect(call.reply(0)).toMatchObject({
      interrupted: true,
      heard: 'Okay, Yes, please do not eat for eight',
    });
  },
  'ms-two-languages-in-one-sentence': (call) => {
    expect(call.understood[0]).toBe('Boleh tak I change the appointment to next week?');
    expect(call.reply(1).heard).toContain('Thursday boleh.');
  },
  'zh-told-from-english': (call) => {
    expect(call.result.call?.language).toBe('zh-CN');
    expect(call.result.turns[0]?.heard).toMatch(/^Good morning/u);
    expect(call.reply(1).opener).toMatch(/\p{Script=Han}/u);
  },
  'en-answered-too-early': (call) => {
    // Nothing of the first answer is remembered, and the second one is to all that was said.
    expect(call.reply(0)).toMatchObject({ interrupted: true, heard: '' });
    const asked = call.result.requests.findLast(({ at }) => at <= call.reply(1).startedAt + 1);
    const last = asked?.messages.findLast(({ role }) => role === 'user')?.content.toLowerCase();
    expect(last).toMatch(
      /book a table for saturday.*four people, in the evening|four people in the evening/u,
    );
    expect(last).toContain('book a table for saturday');
  },
  'ms-both-at-once': (call) => {
    expect(call.interruptions).toBe(1);
    expect(call.reply(0).interrupted).toBe(true);
    expect(call.understood[1]).toBe('Saya datang dengan kereta besar.');
    expect(call.reply(2).heard).toContain('Jam pertama percuma.');
  },
  'en-slow-model': (call) => {
    expect(call.reply(0).heard).toBe(
      'Okay, One moment please. On Sunday we are open from eleven in the morning to six in the evening.',
    );
    expect(call.faults).toEqual([]);
  },
  'zh-slow-voice': (call) => {
    expect(call.reply(0).heard).toMatch(/^嗯，需要，.*照常吃。$/u);
    expect(call.faults).toEqual([]);
  },
  'en-model-breaks-off': (call) => {
    expect(call.faults).toEqual(['LLM_BROKEN']);
    expect(call.reply(0).heard).toBe(
      'Okay, On Sunday we are open from eleven in the morning to six in the evening.',
    );
  },
  'en-no-model-for-a-while': (call) => {
    expect(call.reply(0).heard).toBe('Sorry, could you say that again please?');
    expect(call.reply(1).heard).toMatch(/^On Sunday we are open/u);
    expect(call.endReason).toBe('agent-hangup');
  },
  'zh-account-refused': (call) => {
    expect([call.endReason, call.faults]).toEqual(['provider-failure', ['LLM_AUTH']]);
    expect(call.reply(0).heard).toBe('很抱歉，系统出了问题。');
  },
  'ms-voice-breaks-off': (call) => {
    expect(call.reply(0).heard).toMatch(
      /Ya, jangan makan lapan jam sebelum ujian\..* macam biasa\.$/u,
    );
    expect(call.endReason).toBe('agent-hangup');
  },
  'en-recognition-breaks-off': (call) => {
    expect(call.understood[0]).toBe('Do I need to fast before the blood test?');
    expect(call.reply(0).heard).toMatch(/as usual\.$/u);
  },
  'en-slow-tool': (call) => {
    expect(call.reply(0).tools).toMatchObject([{ name: 'find_order', result: '{"ok":true}' }]);
    expect(call.reply(0).heard).toMatch(
      /^One moment, .* One moment please\. It left our warehouse/u,
    );
  },
  'ms-transfer': (call) => {
    expect(call.endReason).toBe('transferred');
    const [asked] = call.result.events.filter(({ kind }) => kind === 'transfer');
    const { runs } = call.result.ear;
    const { peerToEarMs, edgeToPeerMs } = call.result.network;
    expect(call.reply(0).heard).toContain('saya sambungkan sekarang.');
    // Not before the words that say so have been heard.
    expect((asked?.at ?? 0) + edgeToPeerMs + peerToEarMs).toBeGreaterThan(
      runs.at(-1)?.toAt ?? Infinity,
    );
  },
};

describe.each(SCENARIOS)('$name: $about', (scenario) => {
  const result = runScenario(scenario);
  const call = new CallFacts(result);

  it('does what it is about', () => {
    CHECKS[scenario.name](call);
  });

  it('leaves nobody in silence, and talks over nobody', () => {
    expect(call.longestWaitMs).toBeLessThanOrEqual(LONGER_WAITS_MS[scenario.name] ?? WAIT_MS_MAX);
    expect(call.talkedOverMs).toBeLessThanOrEqual(OVERLAP_MS_MAX[scenario.name] ?? 0);
    expect(result.endedBy).not.toBe('nobody');
  });

  it('goes line by line as it is kept', () => {
    const kept = readFileSync(timelineFile(scenario.name), 'utf8');
    expect(renderTimeline(scenario, result), RENEW).toBe(kept);
  });
});

it('each file is of a call that is still there', () => {
  const files = readdirSync(new URL('.', timelineFile('any'))).toSorted();
  expect(files).toEqual(SCENARIOS.map(({ name }) => `${name}.txt`).toSorted());
});
