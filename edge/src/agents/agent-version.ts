import type { Agent } from './agent.ts';

/** One version of an agent, with every default filled in. */
export interface AgentVersion {
  readonly name: string;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly agent: Agent;
}
