import type { Socket } from 'node:dgram';
import type { DeskManner, DeskOptions, DeskRejection, IncomingCall } from './desk-phone.ts';
import { NotAnswered } from './phone.ts';
import type { AudioListener, CallEnd, DtmfMode, ReceptionStats, Recording } from './phone.ts';
import { RtpAudio } from './rtp-audio.ts';
import { SipIncomingDialog } from './sip-incoming-dialog.ts';
import type { SipMessage } from './sip-message.ts';
import { INFO_DIGIT_MS } from './sip-phone.ts';

const REASONS: Readonly<Record<DeskRejection, string>> = {
  480: '480 Temporarily Unavailable',
  486: '486 Busy Here',
  603: '603 Decline',
};

/** A call to a SIP phone on a desk. */
export class SipIncomingCall implements IncomingCall {
  readonly answered: Promise<void>;
  readonly ended: Promise<CallEnd>;
  readonly callerNumber: string;
  readonly callerName: string;
  readonly #dialog: SipIncomingDialog;
  readonly #audio: RtpAudio;
  readonly #answer = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<CallEnd>();
  #hasEnded = false;
  #receivedDigits = '';

  /** `rtp`: this object's to close. */
  constructor(
    invite: SipMessage,
    rtp: Socket,
    options: DeskOptions & {
      readonly send: (datagram: string) => void;
      readonly localPort: number;
    },
  ) {
    const onDigit = (digit: string) => {
      this.#receivedDigits += digit;
    };
    this.#audio = new RtpAudio(rtp, options, onDigit);
    this.answered = this.#answer.promise;
    // Whoever does not ask is not told.
    this.answered.catch(() => {});
    this.ended = this.#end.promise;
    this.#dialog = new SipIncomingDialog(invite, {
      send: options.send,
      localPort: options.localPort,
      extension: options.extension,
      describe: (version) => this.#audio.describe(version),
      onDescription: (sdp) => this.#audio.connect(sdp),
      onEnded: (end) => void this.#onEnded(end),
      onDigit,
    });
    ({ number: this.callerNumber, name: this.callerName } = this.#dialog.caller);
  }

  get callId(): string {
    return this.#dialog.callId;
  }

  get recording(): Recording {
    return this.#audio.recording;
  }

  /** Our RTP port, to find this phone's streams in a capture. */
  get rtpPort(): number {
    return this.#audio.port;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get sentPackets(): number {
    return this.#audio.sentPackets;
  }

  get receivedDigits(): string {
    return this.#receivedDigits;
  }

  /** A SIP message of this call came. */
  receive(message: SipMessage): void {
    this.#dialog.receive(message);
  }

  /** Does what the phone is set to. */
  meet(manner: DeskManner): void {
    if (manner.kind === 'rings') {
      this.#dialog.ring();
      return;
    }
    const act = () => {
      if (manner.kind === 'answers') this.answer();
      else this.#dialog.reject(REASONS[manner.status]);
    };
    if (manner.afterMs === undefined) {
      act();
      return;
    }
    this.#dialog.ring();
    setTimeout(act, manner.afterMs).unref();
  }

  answer(): void {
    if (!this.#dialog.answer()) return;
    this.#audio.start();
    this.#answer.resolve();
  }

  play(mulaw: Uint8Array): Promise<void> {
    return this.#hasEnded ? Promise.resolve() : this.#audio.play(mulaw);
  }

  stopPlaying(): void {
    this.#audio.stopPlaying();
  }

  onAudio(listener: AudioListener): () => void {
    return this.#audio.onAudio(listener);
  }

  async sendDtmf(digits: string, mode: DtmfMode = 'rfc4733'): Promise<void> {
    for (const digit of digits) {
      if (mode === 'info') await this.#dialog.sendInfo(digit, INFO_DIGIT_MS);
      else await this.#audio.pressKey(digit);
    }
  }

  stats(): ReceptionStats {
    return this.#audio.stats();
  }

  async hangup(): Promise<void> {
    if (!this.#hasEnded) await this.#dialog.hangup();
    await this.ended;
  }

  async #onEnded(end: CallEnd): Promise<void> {
    this.#hasEnded = true;
    this.#audio.stop();
    this.#answer.reject(new NotAnswered(end));
    await this.#audio.close();
    this.#end.resolve(end);
  }
}
