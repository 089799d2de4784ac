/** Plays the cells of one provider on the wire: a call each, measured at the caller's socket. */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { wireCells, type WireCell, type WireStage } from './fault-cells.ts';
import type { TwilioCall } from './twilio-call.ts';
import { World } from './world.ts';

/** Longer is a line that seems to be dead. */
const SILENCE_MS_MAX = 2500;

const ONE_WORD = 'Well?';
/** Longer than a cough: nobody who says that much is left without a word. */
const QUESTION = 'Well, well?';
/** What ends a turn: an answer, or what is said in its place. */
const END = /(?:Hello!|You said: [^.?]*[.?]|anything else\?|Say it again\.|What was that\?)$/u;

const isAudible = (frame: Uint8Array): boolean => frame.some((code) => code !== MULAW_SILENCE);

/** The longest the caller has heard nothing since his last sound, or since he called. */
function silenceMs({ sent, played }: TwilioCall): number {
  let longest = 0;
  let frames = 0;
  for (const frame of played.slice(sent.findLastIndex(isAudible) + 1)) {
    frames = isAudible(frame) ? 0 : frames + 1;
    longest = Math.max(longest, frames);
  }
  return longest * FRAME_MS;
}

const isQuiet = (call: TwilioCall): boolean => END.test(call.heard) && !call.isPlaying;

/** So long nothing has been heard: words whose sound was torn by pauses cannot be read, so their end is not known. */
const TORN_MS = 2000;

function isTornOff({ played }: TwilioCall): boolean {
  return played.length - played.findLastIndex(isAudible) > TORN_MS / FRAME_MS;
}

async function untilAnswered(call: TwilioCall, before: string, isTorn = false): Promise<void> {
  const isOver = (): boolean => isQuiet(call) || (isTorn && isTornOff(call));
  await call.until(() => call.closed !== undefined || (call.heardSince(before) !== '' && isOver()));
}

/** The caller asks until he is answered; the first question may be the one that meets the fault. */
async function askAgain(call: TwilioCall, question: string): Promise<void> {
  for (let again = 0; again < 3; again++) {
    const before = call.heard;
    call.say(question);
    await untilAnswered(call, before);
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    if (call.heard.endsWith(`You said: ${question}`)) return;
  }
  throw new Error(`the caller is not answered: ${call.heard}`);
}

async function play(world: World, cell: WireCell): Promise<void> {
  const { stage, phase, plans, lasting, codes } = cell;
  const { azureSpeech, openrouter, elevenlabs } = world.standins;
  const standin = { stt: azureSpeech, llm: openrouter, tts: elevenlabs }[stage];
  const isGreeting = phase === 'greeting';
  const fail = (): void => {
    standin.behaviour.next(...plans.map((fault) => ({ fault })));
    if (lasting !== undefined) standin.behaviour.always({ fault: lasting });
  };
  if (isGreeting) fail();
  const call = isGreeting ? await world.dial() : await world.dialAndListen();
  try {
    await meet(world, call, cell, fail);
    // What nobody notices has been there all the same.
    if (codes.length === 0) expect(standin.behaviour.waiting).toBe(0);
  } finally {
    // What is left of it would take the faults of the next one.
    call.hangUp();
  }
}

async function meet(
  world: World,
  call: TwilioCall,
  { stage, phase, codes, isFinal, isOneWord, isSlow }: WireCell,
  fail: () => void,
): Promise<void> {
  const isGreeting = phase === 'greeting';
  const question = stage === 'stt' && isOneWord !== true ? QUESTION : ONE_WORD;
  if (!isGreeting) {
    fail();
    call.say(phase === 'middle' ? 'I want a table.' : question);
  }
  await untilAnswered(call, isGreeting ? '' : 'Hello!', stage === 'tts' && isSlow === true);
  expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
  if (isFinal) await call.until(() => call.closed !== undefined);
  else {
    expect(call.closed).toBeUndefined();
    await askAgain(call, question);
    call.hangUp();
  }
  const report = await world.finalReport(call.callSid);
  const errors = [...report.errors, ...report.turns.flatMap((turn) => turn.errors)];
  const met = errors.map(({ code }) => code);
  const isExpected = (code: string): boolean => codes.some((each) => each === code);
  if (isSlow === true) expect(met.filter((code) => !isExpected(code))).toEqual([]);
  else if (codes.length === 0) expect(met).toEqual([]);
  else expect(met.some(isExpected)).toBe(true);
  const reason = isFinal ? 'provider-failure' : 'caller-hangup';
  expect(report).toMatchObject({ status: isFinal ? 'failed' : 'completed', endReason: reason });
  if (isFinal) expect(call.closed).toEqual({ code: 1000, reason });
}

function cellsBy(
  cells: readonly WireCell[],
  isWanted: (cell: WireCell) => boolean,
): (readonly [string, string, WireCell])[] {
  return cells.filter(isWanted).map((cell) => [cell.phase, cell.fault, cell] as const);
}

export function describeWire(stage: WireStage): void {
  let world: World;
  beforeAll(async () => {
    const vars = { AGENT_NOT_UNDERSTOOD: 'What was that?', AGENT_LLM_TIMEOUT_MS: '' };
    world = await World.start({ vars });
    // The first call loads what all others find loaded.
    (await world.dialAndListen()).hangUp();
  });
  afterAll(() => world.stop());
  afterEach(() => {
    const { azureSpeech, openrouter, elevenlabs } = world.standins;
    for (const { behaviour } of [azureSpeech, openrouter, elevenlabs]) behaviour.reset();
  });

  describe(`a fault of ${stage} on the wire`, () => {
    const cells = wireCells(stage);
    it.each(cellsBy(cells, (cell) => cell.isOneWord !== true))(
      '%s: %s',
      (_phase, _fault, cell) => play(world, cell),
      60_000,
    );
    it.each(cellsBy(cells, (cell) => cell.isOneWord === true))(
      '%s: %s, and he says one word',
      (_phase, _fault, cell) => play(world, cell),
      60_000,
    );
  });
}
