/** The engine of the edge, as the bench drives it. */

import { CallSession } from '@patchcord/edge/src/call/core/session.ts';
import type { CreateEngine } from './bench.ts';
import { settingsFor } from '../../virtual-call/settings.ts';

export const RACING_MAX = 3;

/** Where `models` of them race; one is what an agent has by default. */
export function oursWith(models: number): CreateEngine {
  return (openedAt, plan) => {
    const settings = settingsFor(plan.script);
    const hedges = settings.models.hedges.slice(0, models - 1);
    return new CallSession(
      { ...settings, models: { ...settings.models, hedges } },
      { openedAt, firstTurnIndex: 0 },
    );
  };
}
