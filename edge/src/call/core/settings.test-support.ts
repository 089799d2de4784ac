/** A plain agent for tests. What matters to a test it says itself, over these. */

import { ENDPOINTING_DEFAULTS } from './hearing/endpointing-options.ts';
import { INTERRUPTION_DEFAULTS } from './hearing/interruption.ts';
import type { Phrases, SessionSettings } from './settings.ts';

export const PHRASES = {
  greeting: 'Hello there, how can I help?',
  apology: 'Sorry, say that again please.',
  notUnderstood: 'I did not catch that.',
  reprompt: 'Are you still there?',
  goodbye: 'Goodbye then.',
  wrapUp: '',
  timeLimit: 'Our time is up.',
  failure: 'Something is broken here.',
  openers: ['Okay,', 'Well,'],
  fillers: ['One moment please.'],
  voicemail: '',
} as const satisfies Phrases;

export const SETTINGS: SessionSettings = {
  instructions: 'Be brief.',
  phrases: { en: PHRASES },
  timings: {
    llmFirstTokenMsMax: 3000,
    llmStallMsMax: 3000,
    llmMsMax: 8000,
    ttsFirstAudioMsMax: 2000,
    ttsStallMsMax: 2000,
    marksLateMsMax: 4000,
    openerAfterMs: 700,
    fillerAfterMs: 30_000,
    repromptMs: 8000,
    keypadPauseMs: 2000,
    callMsMax: 120_000,
    mediaGapMsMax: 5000,
  },
  limits: {
    repromptsMax: 2,
    failedTurnsMax: 3,
    agentCharsMax: 400,
    toolStepsMax: 3,
    turnsMax: 300,
  },
  models: { primary: 'quick', hedges: [], hedgeAfterMs: 0, fallbacks: [] },
  voices: 1,
  stt: {
    languages: ['en-US'],
    isIdentifying: false,
    endpoints: 1,
    rotateMs: 540_000,
    finalSilenceMs: 0,
  },
  endpointing: ENDPOINTING_DEFAULTS,
  interruption: INTERRUPTION_DEFAULTS,
  speculation: { isOn: true, triesMax: 3, silenceMs: 120 },
  history: { messagesMax: 60, charsMax: 24_000 },
  tools: [
    { name: 'end_call', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
    { name: 'transfer', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
    { name: 'note', isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 },
    { name: 'look_up', isBuiltin: false, isSafeToAbort: true, timeoutMs: 5000 },
    { name: 'book', isBuiltin: false, isSafeToAbort: false, timeoutMs: 5000 },
  ],
  transferTargets: [{ name: 'front desk', target: '200', manner: 'cold' }],
  voicemail: { mode: 'hang-up' },
};
