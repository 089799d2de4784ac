/**
 * Whole conversations on real Asterisks: text in = text out, through SIP, RTP, the relay, workerd and three providers' wire
 * protocols. Two Asterisks at once: it is real time, so a pair takes as long as the longer one.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { ALIGNED_MS, compare, type Happened } from '../conversation/agreement.ts';
import { API_TOKEN, Backend } from '../conversation/backend.ts';
import { consumedBy } from '../conversation/consumed.ts';
import type { Line } from '../conversation/converse.ts';
import { onPunctualHost } from '../host/punctual.ts';
import { watchHost } from '../host/stalls.ts';
import { fetchKept } from '../conversation/kept.ts';
import { marksOf, writeAgent } from '../conversation/recorded-agent.ts';
import { TWENTY_TURNS } from '../conversation/script.ts';
import { System, type Conversation } from '../conversation/system.ts';
import { Api } from '../edge/api/api.ts';
import { Turnstile } from '../conversation/turnstile.ts';
import { AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { WebhookServer } from '../relay/webhook-server.ts';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { raisePriority } from './priority.ts';
import { report } from './report.ts';

const asterisks = [
  { major: 22, shape: 'plain' },
  { major: 22, shape: 'mikopbx' },
  { major: 16, shape: 'plain' },
  { major: 16, shape: 'mikopbx' },
] as const;

const requirements = [await requireAsterisk(22), await requireAsterisk(16)];
const missing = requirements.find(({ available }) => !available)?.reason;

let backend: Backend;
let receiver: WebhookServer;
const owner = new AsyncDisposableStack();
beforeAll(async () => {
  if (missing !== undefined) return;
  owner.use(raisePriority());
  receiver = owner.use(await WebhookServer.start((response) => response.writeHead(204).end()));
  backend = owner.use(
    await Backend.start({
      vars: { AGENT_WEBHOOK_URL: `${receiver.url}/hook`, WEBHOOK_PRIVATE_HOSTS: 'on' },
    }),
  );
  const api = new Api(backend.edge.url, API_TOKEN);
  for (const which of asterisks) await writeAgent(api, agentOf(which), {});
});
afterAll(() => owner.disposeAsync());

type Which = (typeof asterisks)[number];

function agentOf({ major, shape }: Which): string {
  return `at-${major}-${shape}`;
}

/** A call that is over. What is kept of it is judged when all are: that takes time, which the others need. */
type Over = Pick<
  Happened,
  | 'callSid'
  | 'agent'
  | 'endReason'
  | 'said'
  | 'spoken'
  | 'heard'
  | 'payload'
  | 'heardEarlierMs'
  | 'stalledMs'
  | 'lengthMs'
  | 'consumed'
>;

const over: Over[] = [];
/** Who holds a conversation again holds it alone. */
const turnstile = new Turnstile();

/** One call of the agent's, and what it has asked of the providers. */
async function converse(
  { system, which }: { readonly system: System; readonly which: Which },
  script: readonly Line[],
  endReason: string,
  judge: (conversation: Conversation) => void,
): Promise<Conversation> {
  const agent = agentOf(which);
  const hold = async () => {
    using host = watchHost();
    const beganAt = Date.now();
    const conversation = await system.converse({ extension: '999' }, script);
    const relayStalledMs = await system.stalledMs(conversation.report.callSid);
    const times = host.times(FRAME_MS);
    return {
      conversation,
      ...times,
      stalledMs: Math.max(relayStalledMs, times.stalledMs),
      consumed: consumedBy(backend.standins, marksOf(agent), beganAt),
    };
  };
  const { conversation, stalledMs, consumed } = await onPunctualHost(
    agent,
    (isAgain) => (isAgain ? turnstile.alone(hold) : turnstile.together(hold)),
    (each) => judge(each.conversation),
  );
  const { phone, lengthMs, report: kept } = conversation;
  over.push({
    callSid: kept.callSid,
    agent,
    endReason,
    said: script.map(({ say }) => say),
    spoken: phone.recording.spoken(),
    heard: phone.recording.heard(),
    payload: phone.recording.payload(),
    heardEarlierMs: phone.stats().anchorLateMs,
    stalledMs,
    lengthMs,
    consumed,
  });
  return conversation;
}

// Each is held again by itself.
const options = { retry: 0 };

describe.skipIf(missing !== undefined)(
  `conversations on real Asterisk ${missing ?? ''}`,
  options,
  () => {
    // Two at once, then the other two: more leave nothing of two cores. `expect` of the test itself: tests that run side by side
    // need it to poll.
    describe.each([22, 16])('Asterisk %i', (wanted) => {
      test.concurrent.for(asterisks.filter(({ major }) => major === wanted))(
        '$major, $shape',
        { timeout: 1_800_000 },
        async (which, { expect: expectHere }) => {
          await using pbx = await startAsteriskPbx(which);
          await using system = await System.start(pbx, backend, {
            VOICE_URL: `${backend.edge.url}/voice?agent=${agentOf(which)}`,
          });

          const line = { system, which };
          await converse(line, TWENTY_TURNS, 'agent-hangup', expectEveryCharacter);
          await expectHere.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });

          const interrupted = await converse(
            line,
            INTERRUPTIONS,
            'caller-hangup',
            expectHeardPrefix,
          );
          // How soon it yields is judged in virtual time (tests/scenarios): here four conversations share the host with others.
          const cut = interrupted.result.turns.filter(({ interrupted: isCut }) => isCut);
          report(`barge-in-${which.major}-${which.shape}`, {
            yieldMs: cut.map(({ yieldMs }) => yieldMs),
          });
          await expectHere.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
          expect(system.relay.codes).toEqual([]);
        },
      );
    });

    test('recording, transcript, cost, webhook and list say what happened in each call', async () => {
      const source = { edgeUrl: backend.edge.url, apiToken: API_TOKEN, receiver };
      const judged: Record<string, unknown>[] = [];
      let aligned = 0;
      for (const happened of over) {
        const kept = await fetchKept(source, happened.callSid);
        const { problems, figures } = compare(kept, {
          ...happened,
          from: '100',
          to: '999',
          isExact: true,
          authToken: AUTH_TOKEN,
        });
        judged.push({ agent: happened.agent, problems, ...figures });
        if (Number(figures['besideMs']) <= ALIGNED_MS) aligned++;
      }
      report('agreement', { calls: judged });
      expect(judged.flatMap(({ problems }) => problems)).toEqual([]);
      expect(judged).toHaveLength(2 * asterisks.length);
      // Whatever is allowed for a host that stood still: it does so in one of the two rounds at most.
      expect(aligned).toBeGreaterThanOrEqual(asterisks.length);
    });
  },
);

const INTERRUPTIONS = [
  { say: 'I would like to book a table for four people, tomorrow evening at seven.' },
  { say: 'No, for five people.', interruptsAfterWords: 6 },
  { say: 'When do you close?' },
  { say: 'And on Sundays?', interruptsAfterWords: 3 },
] as const;

/** Text in = text out, both ways, and the agent hung up after its goodbye had been heard. */
function expectEveryCharacter({ result, exchanges }: Conversation): void {
  expect(exchanges).toHaveLength(TWENTY_TURNS.length + 1);
  expect(result.turns.slice(1).map(({ understood }) => understood)).toEqual(
    TWENTY_TURNS.map(({ say }) => say),
  );
  expect(result).toMatchObject({
    characterErrors: 0,
    lostPackets: 0,
    endReason: 'agent-hangup',
    errors: [],
  });
  expect(result.turns.every(({ remembered, agent }) => remembered === agent)).toBe(true);
}

/** What the edge remembers of an interrupted answer is what the phone heard, to one word. */
function expectHeardPrefix({ result }: Conversation): void {
  expect(result).toMatchObject({ characterErrors: 0, lostPackets: 0, errors: [] });
  const { turns } = result;
  const cut = turns.filter(({ interrupted }) => interrupted);
  expect(cut).toHaveLength(2);
  for (const { agent, remembered, heard } of cut) {
    expect(agent.startsWith(remembered)).toBe(true);
    expect(remembered.length).toBeLessThan(agent.length);
    const words = { remembered: countWords(remembered), heard: countWords(heard) };
    expect(
      Math.abs(words.heard - words.remembered),
      `heard «${heard}», remembered «${remembered}»`,
    ).toBeLessThanOrEqual(1);
    expect(words.heard, `heard «${heard}» of «${agent}»`).toBeLessThan(countWords(agent));
  }
}

function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
