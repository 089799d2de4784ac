/**
 * An agent: what it is told, how it sounds, what it may do, and how far it may go.
 *
 * Everything but name and instructions has a default. Unknown keys are refused. Every field is explained in docs/agents.md.
 */

import type { z } from 'zod';
import { agentProblems } from './agent-rules.ts';
import { agentShape } from './agent-shape.ts';

export const agentSchema = agentShape
  .superRefine((agent, context) => {
    for (const { path, message } of agentProblems(agent)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .meta({ id: 'Agent', description: 'An agent, see docs/agents.md' });

/** An agent with every default filled in. */
export type Agent = z.infer<typeof agentSchema>;
