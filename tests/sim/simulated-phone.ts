import { randomInt } from 'node:crypto';
import { alawToMulaw } from '@patchcord/shared/audio/g711';
import { mulawToAlaw } from '../rig/alaw.ts';
import { AudioReceiver } from '../rig/audio-receiver.ts';
import { AudioSender, DTMF_EVENTS } from '../rig/audio-sender.ts';
import { everyPeriod } from '../rig/media-clock.ts';
import { NotAnswered } from '../rig/phone.ts';
import type {
  AudioListener,
  CallEnd,
  DialOptions,
  DtmfMode,
  Phone,
  ReceptionStats,
  Recording,
} from '../rig/phone.ts';
import { STATUS_OF_CAUSE } from './causes.ts';
import type { ChannelTechnology, Hangup, MediaFrame } from './channel.ts';

/** What a simulated phone does to its channel. */
export interface PhoneLine {
  /** The channel's id. */
  readonly id: string;
  receive(frame: MediaFrame): void;
  press(digit: string, durationMs: number): void;
  hangup(): void;
}

const INFO_DIGIT_MS = 160;

/** A phone that is connected to the simulated PBX in this process: no SIP, no network, the same audio machinery. */
export class SimulatedPhone implements Phone, ChannelTechnology {
  readonly callerNumber: string;
  readonly answered: Promise<void>;
  readonly ended: Promise<CallEnd>;
  readonly recording: Recording;
  readonly #startedAt = performance.now();
  readonly #isAlaw: boolean;
  readonly #sender: AudioSender;
  readonly #receiver = new AudioReceiver(this.#startedAt);
  readonly #answer = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<CallEnd>();
  #line: PhoneLine | undefined;
  #isAnswered = false;
  #hasEnded = false;
  #stopClock: () => void = () => {};
  #receivedDigits = '';
  #sequenceNumber = randomInt(2 ** 16);

  constructor(options: DialOptions) {
    this.callerNumber = options.callerNumber ?? '100';
    this.#isAlaw = options.codec === 'alaw';
    this.#sender = new AudioSender({
      ptimeMs: options.ptimeMs ?? 20,
      isDtx: options.isDtx ?? false,
      rtpTimestamp: randomInt(2 ** 32),
    });
    this.answered = this.#answer.promise;
    // Whoever does not ask is not told.
    this.answered.catch(() => {});
    this.ended = this.#end.promise;
    this.recording = {
      startedAt: this.#startedAt,
      payload: () => this.#receiver.payload(),
      heard: () => this.#receiver.heard(),
      spoken: () => this.#sender.spoken,
    };
  }

  get callId(): string {
    return this.#line?.id ?? '';
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get sentPackets(): number {
    return this.#sender.sentPackets;
  }

  get receivedDigits(): string {
    return this.#receivedDigits;
  }

  /** The PBX gives it its channel. */
  connect(line: PhoneLine): void {
    this.#line = line;
  }

  play(mulaw: Uint8Array): Promise<void> {
    return this.#hasEnded ? Promise.resolve() : this.#sender.play(mulaw);
  }

  stopPlaying(): void {
    this.#sender.stopPlaying();
  }

  onAudio(listener: AudioListener): () => void {
    return this.#receiver.onAudio(listener);
  }

  async sendDtmf(digits: string, mode: DtmfMode = 'rfc4733'): Promise<void> {
    for (const digit of digits) {
      if (mode === 'info') this.#line?.press(digit, INFO_DIGIT_MS);
      else await this.#sender.pressKey(digit);
    }
  }

  stats(): ReceptionStats {
    return this.#receiver.stats();
  }

  async hangup(): Promise<void> {
    if (!this.#hasEnded) this.#line?.hangup();
    await this.ended;
  }

  write({ mulaw, rtpTimestamp }: MediaFrame): void {
    const sequenceNumber = this.#sequenceNumber;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    const heard = this.#isAlaw ? alawToMulaw(mulawToAlaw(mulaw)) : mulaw;
    this.#receiver.receive({ sequenceNumber, rtpTimestamp, mulaw: heard }, performance.now());
  }

  answer(): void {
    if (this.#isAnswered || this.#hasEnded) return;
    this.#isAnswered = true;
    this.#sender.start(Math.round((performance.now() - this.#startedAt) * 8));
    this.#stopClock = everyPeriod(this.#sender.ptimeMs, (skipped) => this.#sendFrame(skipped));
    this.#answer.resolve();
  }

  ring(): void {}

  sendDigits(digits: string): void {
    this.#receivedDigits += digits;
  }

  end(hangup: Hangup, wasAnswered: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stopClock();
    this.#sender.stop();
    const end = this.describeEnd(hangup, wasAnswered);
    this.#answer.reject(new NotAnswered(end));
    this.#end.resolve(end);
  }

  /** The PBX is gone: no answer to anything any more. */
  break(): void {
    this.#hasEnded = true;
    this.#stopClock();
    this.#sender.stop();
    this.#answer.reject(new NotAnswered({ by: 'broken' }));
    this.#end.resolve({ by: 'broken' });
  }

  /** As a SIP phone that called would see it. */
  protected describeEnd({ cause, byFarEnd }: Hangup, wasAnswered: boolean): CallEnd {
    if (byFarEnd) return wasAnswered ? { by: 'phone' } : { by: 'phone', status: 487 };
    if (wasAnswered) return { by: 'pbx', cause };
    return { by: 'rejected', status: STATUS_OF_CAUSE[cause] ?? 603, cause };
  }

  #sendFrame(skipped: number): void {
    for (const output of this.#sender.next(skipped)) {
      if (output.kind === 'audio') {
        const mulaw = this.#isAlaw ? alawToMulaw(mulawToAlaw(output.mulaw)) : output.mulaw;
        this.#line?.receive({ mulaw, rtpTimestamp: output.rtpTimestamp });
      } else if (output.isEnd && output.isFirstEnd) {
        this.#line?.press(DTMF_EVENTS[output.event] ?? '', output.durationUnits / 8);
      }
    }
  }
}
