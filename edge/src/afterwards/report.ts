import type { CallCost } from '../billing/cost.ts';
import type { RecordingState, WebhookState } from './afterwards-store.ts';
import type { Failure } from './failure.ts';

/** What was done with a call after its end: part of the call as the API answers it. */
export interface AfterwardsReport {
  readonly cost: CallCost | null;
  readonly summary: string | null;
  /** As JSON: from one object to another only what has a type of its own may pass. */
  readonly extractionJson: string | null;
  readonly recording: RecordingState | null;
  readonly webhook: WebhookState | null;
  readonly analysisError: Failure | null;
}
