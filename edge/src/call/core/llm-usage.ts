/** What one request has taken of a language model, by the provider's own account or by our reckoning. */
export interface LlmUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Millionths of a US dollar, where the provider says so. */
  readonly costMicros?: number;
}
