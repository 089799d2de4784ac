/**
 * What is known of one call and who is told: its record in the store, its status callbacks, and the fields of every request
 * about it.
 */

import type { StatusCallback, WebhookAddress } from '@patchcord/shared/twilio/call-control';
import type {
  AnsweredBy,
  CallDirection,
  CallRecord,
  CallStatus,
} from '@patchcord/shared/twilio/call-record';
import { SIP_CODE_ANSWERED, SIP_CODE_CANCELED } from '../core/call/hangup-cause.ts';
import { callSeconds, CallProgress } from '../core/call/progress.ts';
import {
  statusFields,
  voiceFields,
  type NamedRecording,
  type WebhookFields,
} from '../core/call/webhook-fields.ts';
import { describeError, RelayError } from '../core/error.ts';
import { resolveDocumentUrl } from '../core/twiml/document-url.ts';
import type { ActionAddress } from '../core/twiml/step.ts';
import type { Log } from './log.ts';
import type { Services } from './services.ts';

export interface CallAccountOptions {
  readonly sid: string;
  readonly accountSid: string;
  readonly parentCallSid?: string;
  readonly direction: CallDirection;
  readonly from: string;
  readonly to: string;
  readonly callerName?: string;
  readonly statusCallback?: StatusCallback;
}

export class CallAccount {
  readonly #services: Services;
  readonly #log: Log;
  readonly #progress: CallProgress;
  #record: CallRecord;
  #statusCallback: StatusCallback | undefined;
  #expected: CallStatus | undefined;
  #recording: NamedRecording | undefined;

  constructor(services: Services, log: Log, options: CallAccountOptions) {
    const { statusCallback, callerName, ...rest } = options;
    this.#services = services;
    this.#log = log;
    this.#statusCallback = statusCallback;
    const status = options.direction === 'inbound' ? 'ringing' : 'queued';
    this.#progress = new CallProgress(status, statusCallback?.events ?? []);
    const now = Date.now();
    this.#record = {
      ...rest,
      ...(callerName === undefined || callerName === '' ? {} : { callerName }),
      status,
      createdAt: now,
      updatedAt: now,
      ...(status === 'ringing' ? { startedAt: now } : {}),
    };
    services.store.upsert(this.#record);
  }

  get record(): CallRecord {
    return this.#record;
  }

  /** Whole seconds since the answer, or of the whole call. */
  get seconds(): number {
    return callSeconds(this.#record.answeredAt, this.#record.endedAt ?? Date.now());
  }

  setStatusCallback(callback: StatusCallback): void {
    this.#statusCallback = callback;
    this.#progress.listen(callback.events);
  }

  /** The recording that the last status callback names. */
  setRecording(recording: NamedRecording): void {
    this.#recording = recording;
  }

  /** The call is in this state now. A state that cannot follow the present one changes nothing. */
  change(status: CallStatus, sipCode?: number): void {
    const now = Date.now();
    const reports = this.#progress.move(status, now, sipCode);
    if (this.#progress.status === this.#record.status) return;
    const { answeredAt } = this.#progress;
    this.#record = {
      ...this.#record,
      status: this.#progress.status,
      updatedAt: now,
      startedAt: this.#record.startedAt ?? now,
      ...(answeredAt === undefined ? {} : { answeredAt }),
      ...(this.#progress.isFinal ? { endedAt: now } : {}),
    };
    this.#services.store.upsert(this.#record);
    for (const report of reports) {
      if (this.#statusCallback === undefined) continue;
      const recording = report.event === 'completed' ? this.#recording : undefined;
      this.callBack(this.#statusCallback, '', statusFields(this.#record, report, recording));
    }
  }

  /** Answering-machine detection has decided. */
  setAnsweredBy(answeredBy: AnsweredBy): void {
    this.#record = { ...this.#record, answeredBy, updatedAt: Date.now() };
    this.#services.store.upsert(this.#record);
  }

  /** What the call will be once it is over, if nobody answers it: `<Reject>`. */
  expect(status: CallStatus): void {
    this.#expected = status;
  }

  /** The call is over. */
  end(): void {
    const { status, direction } = this.#record;
    const isInbound = direction === 'inbound';
    if (status === 'in-progress') {
      this.change('completed', isInbound ? undefined : SIP_CODE_ANSWERED);
    } else if (isInbound) this.change(this.#expected ?? 'completed');
    else this.change(this.#expected ?? 'canceled', SIP_CODE_CANCELED);
  }

  /** The fields of a voice webhook, and `more` of the verb that asks. */
  webhookFields(more: WebhookFields): WebhookFields {
    return voiceFields(this.#record, more);
  }

  /** Tells an action's address what happened; what it answers is not wanted any more. */
  tell(action: ActionAddress, documentUrl: string, more: WebhookFields): void {
    const url = action.url ?? documentUrl;
    this.callBack({ url, method: action.method }, documentUrl, this.webhookFields(more));
  }

  /** Sends `fields` in the background. Relative addresses start from `documentUrl`. */
  callBack(address: WebhookAddress, documentUrl: string, fields: WebhookFields): void {
    try {
      const url = resolveDocumentUrl(address.url, documentUrl, 'callback');
      this.#services.callbacks.send(this.#record.sid, { url, method: address.method }, fields);
    } catch (error) {
      const code = error instanceof RelayError ? error.code : 'INTERNAL';
      this.#log.error({ code }, describeError(error));
    }
  }
}
