/** Settings of our engine for a call of the world: what a careful operator would write, with the engine's own defaults. */

import { ENDPOINTING_DEFAULTS } from '@patchcord/edge/src/call/core/hearing/endpointing-options.ts';
import { INTERRUPTION_DEFAULTS } from '@patchcord/edge/src/call/core/hearing/interruption.ts';
import type { SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';
import type { Script } from './scripts/script.ts';

export function settingsFor(script: Script): SessionSettings {
  return {
    instructions: 'You answer the telephone. Be brief.',
    phrases: { [script.language]: script.phrases },
    timings: {
      llmFirstTokenMsMax: 4000,
      llmStallMsMax: 4000,
      llmMsMax: 12_000,
      ttsFirstAudioMsMax: 3000,
      ttsStallMsMax: 3000,
      marksLateMsMax: 4000,
      openerAfterMs: 600,
      fillerAfterMs: 2500,
      repromptMs: 8000,
      keypadPauseMs: 2000,
      callMsMax: 600_000,
      mediaGapMsMax: 10_000,
    },
    limits: {
      repromptsMax: 2,
      failedTurnsMax: 3,
      agentCharsMax: 3000,
      toolStepsMax: 4,
      turnsMax: 300,
    },
    models: {
      primary: 'primary',
      hedges: ['second', 'third'],
      hedgeAfterMs: 0,
      fallbacks: ['fallback'],
    },
    voices: 1,
    stt: {
      languages: [script.locale],
      isIdentifying: false,
      endpoints: 1,
      rotateMs: 540_000,
      finalSilenceMs: 0,
    },
    endpointing: ENDPOINTING_DEFAULTS,
    interruption: INTERRUPTION_DEFAULTS,
    speculation: { isOn: true, triesMax: 3, silenceMs: 120 },
    history: { messagesMax: 60, charsMax: 24_000 },
    tools: ['find_order', 'find_account']
      .map((name) => ({ name, isBuiltin: false, isSafeToAbort: true, timeoutMs: 8000 }))
      .concat([{ name: 'end_call', isBuiltin: true, isSafeToAbort: false, timeoutMs: 8000 }]),
    transferTargets: [],
    voicemail: { mode: 'ignore' },
  };
}
