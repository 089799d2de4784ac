/** The tool by which the model says that the caller has agreed to a recording. */

import type { RecordingPlan } from '../afterwards/plan.ts';
import type { CallPlan } from '../call/plan.ts';

export const START_RECORDING = 'start_recording';

/** The plan, with the tool where the caller is to be asked. */
export function withConsentTool(plan: CallPlan, recording: RecordingPlan): CallPlan {
  if (!recording.isOn || recording.consent !== 'ask') return plan;
  const [question = 'May this call be recorded?'] = recording.announcements;
  const description =
    `Records the call from now on. First ask the caller: ${question} ` +
    'Use it only after the caller has said yes. Whatever the answer, the call goes on.';
  const parameters = { type: 'object', properties: {}, additionalProperties: false };
  return {
    ...plan,
    llm: {
      ...plan.llm,
      tools: [...plan.llm.tools, { name: START_RECORDING, description, parameters }],
    },
    settings: {
      ...plan.settings,
      tools: [
        ...plan.settings.tools,
        { name: START_RECORDING, isBuiltin: false, isSafeToAbort: false, timeoutMs: 1000 },
      ],
    },
  };
}
