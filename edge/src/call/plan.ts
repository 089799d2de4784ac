/** Everything one call runs on: what the core decides by, and what the providers are asked with. */

import type { SessionSettings } from './core/settings.ts';

export interface VoicePlan {
  readonly voiceId: string;
  readonly modelId: string;
}

/** A tool as the model is told of it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
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
}
