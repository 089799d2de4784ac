/**
 * Whole conversations on real Asterisks: text in = text out, through SIP, RTP, the relay, workerd and three providers' wire
 * protocols. All four Asterisks at once: it is real time, so it takes as long as the longest.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backend } from '../conversation/backend.ts';
import { TWENTY_TURNS } from '../conversation/script.ts';
import type { ConversationResult } from '../conversation/result.ts';
import { System, type Conversation } from '../conversation/system.ts';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import { requireAsterisk } from '../rig/requirement.ts';
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
beforeAll(async () => {
  if (missing === undefined) backend = await Backend.start();
});
afterAll(() => backend?.[Symbol.asyncDispose]());

describe.skipIf(missing !== undefined)(`conversations on real Asterisk ${missing ?? ''}`, () => {
  // `expect` of the test itself: tests that run side by side need it to poll.
  test.concurrent.for(asterisks)('$major, $shape', async (which, { expect: expectHere }) => {
    await using pbx = await startAsteriskPbx(which);
    await using system = await System.start(pbx, backend);

    const twenty = await system.converse({ extension: '999' }, TWENTY_TURNS);
    expectEveryCharacter(twenty);
    await expectHere.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });

    const interrupted = await system.converse({ extension: '999' }, INTERRUPTIONS);
    expectHeardPrefix(interrupted.result);
    // How soon it yields is judged in virtual time (tests/scenarios): here four conversations share the host with others.
    const cut = interrupted.result.turns.filter(({ interrupted: isCut }) => isCut);
    report(`barge-in-${which.major}-${which.shape}`, {
      yieldMs: cut.map(({ yieldMs }) => yieldMs),
    });
    await expectHere.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(system.relay.codes).toEqual([]);
  });
});

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
function expectHeardPrefix(result: ConversationResult): void {
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
