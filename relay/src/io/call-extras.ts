/** What REST asked for beside a call's document: keys to be sent, a recording, and whether a person or a machine has answered. */

import type { CreateCall, MachineDetection } from '@patchcord/shared/twilio/call-control';
import type { AmdVerdict } from '../core/amd/detector.ts';
import type { CallMedia } from '../core/call/media.ts';
import { machineDetectionFields } from '../core/call/webhook-fields.ts';
import type { CallAccount } from './call-account.ts';
import type { CallContext } from './call-context.ts';
import type { DeferredWork } from './deferred-work.ts';
import type { Log } from './log.ts';
import { detectMachine } from './machine-detection.ts';
import { Recording } from './recording.ts';

export interface CallExtrasOptions {
  readonly context: CallContext;
  readonly account: CallAccount;
  readonly log: Log;
  readonly media: CallMedia;
  readonly channelId: string;
  readonly request: CreateCall;
  readonly deferred: DeferredWork;
}

export class CallExtras {
  readonly #options: CallExtrasOptions;
  readonly #stopping = new AbortController();
  #recording: Recording | undefined;

  constructor(options: CallExtrasOptions) {
    this.#options = options;
  }

  /** The call has been answered. True where the document must wait for {@link detect}. */
  async begin(): Promise<boolean> {
    const { context, channelId, request, deferred } = this.#options;
    const { sendDigits, machineDetection } = request;
    await this.#record();
    if (sendDigits !== undefined) {
      deferred.add(context.ari().post(`/channels/${channelId}/dtmf`, { dtmf: sendDigits }));
    }
    if (machineDetection === undefined) return false;
    if (!machineDetection.isAsync) return true;
    deferred.add(this.#detectBeside(machineDetection));
    return false;
  }

  /** Who has answered; undefined when `signal` was aborted first. */
  async detect(signal: AbortSignal): Promise<AmdVerdict | undefined> {
    const { request, media, account } = this.#options;
    if (request.machineDetection === undefined) return undefined;
    const verdict = await detectMachine(request.machineDetection, media, signal);
    if (verdict !== undefined) account.setAnsweredBy(verdict.answeredBy);
    return verdict;
  }

  /** The call is on its way out. */
  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    if (this.#recording !== undefined)
      this.#options.deferred.add(this.#endRecording(this.#recording));
  }

  /** AsyncAmd: the document runs meanwhile, and the verdict is called back. */
  async #detectBeside(detection: MachineDetection): Promise<void> {
    const { account } = this.#options;
    const verdict = await this.detect(this.#stopping.signal);
    if (verdict === undefined || detection.callback === undefined) return;
    const fields = machineDetectionFields(account.record, verdict.durationMs);
    account.callBack(detection.callback, '', fields);
  }

  async #record(): Promise<void> {
    const { context, account, log, media, request } = this.#options;
    const { recording } = request;
    if (recording === undefined) return;
    const { callback, channels, track, trim } = recording;
    this.#recording = await Recording.start({
      context,
      account,
      log,
      media,
      source: 'OutboundAPI',
      channels,
      track,
      isTrimmed: trim === 'trim-silence',
      documentUrl: '',
      ...(callback === undefined ? {} : { callback }),
    });
  }

  /** The last status callback names it. */
  async #endRecording(recording: Recording): Promise<void> {
    const { sid, status, durationSeconds = 0 } = await recording.stop();
    if (status !== 'completed') return;
    this.#options.account.setRecording({ sid, url: recording.url, durationSeconds });
  }
}
