/** Everything one call runs on: what the core decides by, and what the providers are asked with. */

import type { ReachableTarget } from '../transfer/transfers.ts';
import type { SessionSettings } from './core/settings.ts';

export interface VoicePlan {
  readonly voiceId: string;
  readonly modelId: string;
  /** By ISO 639-1: what is other than the above in that language. */
  readonly languages?: Readonly<
    Record<string, { readonly voiceId?: string; readonly modelId?: string }>
  >;
}

/** A tool as the model is told of it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** An endpoint of the operator's that is asked during a call. Its placeholders are filled. */
export interface EndpointPlan {
  /** Of the tool, or of the server of tools. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** All attempts together. */
  readonly timeoutMs: number;
  readonly resultCharsMax: number;
}

export interface HttpToolPlan extends EndpointPlan {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** JSON Schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** May be tried again when it failed for a passing reason. */
  readonly isIdempotent: boolean;
}

export interface McpServerPlan extends EndpointPlan {
  /** Names of the tools that may be used; none: all of them. */
  readonly allow: readonly string[];
}

export interface ToolPlans {
  readonly http: readonly HttpToolPlan[];
  /** Which tools they have is known when they have been asked. */
  readonly mcp: readonly McpServerPlan[];
}

export interface LlmPlan {
  readonly tools: readonly ToolDefinition[];
  readonly tokensMax: number;
  readonly temperature?: number;
}

export interface SttPlan {
  /** In the order in which they are tried. */
  readonly endpoints: readonly { readonly url: URL; readonly key: string }[];
  /** Silence after which the service calls a phrase final. */
  readonly segmentationSilenceMs: number;
  /** Words the service would not expect: names, products. */
  readonly phraseList: readonly string[];
}

export interface CallPlan {
  readonly settings: SessionSettings;
  /** The agent's own voice first, then those in its place. */
  readonly voices: readonly VoicePlan[];
  readonly llm: LlmPlan;
  readonly stt: SttPlan;
  readonly tools: ToolPlans;
  /** Whom Twilio may put the caller through to. */
  readonly reachable: readonly ReachableTarget[];
  /** What the agent says in every call: its voice is worth keeping. */
  readonly fixedPhrases: ReadonlySet<string>;
}
