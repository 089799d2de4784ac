/** The engine of the edge, as the bench drives it. */

import { CallSession } from '@patchcord/edge/src/call/core/session.ts';
import type { ConversationEngine } from '../../virtual-call/engine.ts';
import type { CallPlan } from '../../virtual-call/plan.ts';
import { settingsFor } from '../../virtual-call/settings.ts';

export function createOurs(openedAt: number, plan: CallPlan): ConversationEngine {
  return new CallSession(settingsFor(plan.script), { openedAt, firstTurnIndex: 0 });
}
