import type { Socket } from 'node:dgram';
import { bindRtpSocket, bindUdp, closeUdp } from './free-ports.ts';
import { NotAnswered } from './phone.ts';
import type {
  AudioListener,
  CallEnd,
  DialOptions,
  DtmfMode,
  Phone,
  ReceptionStats,
  Recording,
} from './phone.ts';
import { RtpAudio } from './rtp-audio.ts';
import { SipDialog } from './sip-dialog.ts';

/** A call to a SIP server on 127.0.0.1. */
export interface SipDialOptions extends DialOptions {
  readonly sipPort: number;
}

/** Length of a key in an INFO, as phones say it. */
export const INFO_DIGIT_MS = 160;

/** Places a call with a phone of its own SIP and RTP ports. See `Pbx.dial`. */
export async function dialSip(options: SipDialOptions): Promise<SipPhone> {
  const sip = await bindUdp(0);
  const rtp = await bindRtpSocket();
  const phone = new SipPhone(options, sip, rtp);
  if (options.until !== 'sent') await phone.answered;
  return phone;
}

/** A SIP phone over UDP with real RTP, on 127.0.0.1. */
export class SipPhone implements Phone {
  readonly callerNumber: string;
  readonly callId: string;
  readonly answered: Promise<void>;
  readonly ended: Promise<CallEnd>;

  readonly #dialog: SipDialog;
  readonly #sip: Socket;
  readonly #audio: RtpAudio;
  readonly #answer = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<CallEnd>();
  readonly #sending = new Set<Promise<void>>();
  #hasEnded = false;
  #receivedDigits = '';

  constructor(options: SipDialOptions, sip: Socket, rtp: Socket) {
    this.callerNumber = options.callerNumber ?? '100';
    this.#sip = sip;
    const onDigit = (digit: string) => {
      this.#receivedDigits += digit;
    };
    this.#audio = new RtpAudio(rtp, options, onDigit);
    this.answered = this.#answer.promise;
    // Whoever does not ask is not told.
    this.answered.catch(() => {});
    this.ended = this.#end.promise;

    this.#dialog = new SipDialog({
      send: (datagram) => this.#sendSip(datagram, options.sipPort),
      localPort: sip.address().port,
      remotePort: options.sipPort,
      call: {
        extension: options.extension,
        callerNumber: this.callerNumber,
        ...(options.callerName === undefined ? {} : { callerName: options.callerName }),
      },
      describe: (version) => this.#audio.describe(version),
      onDescription: (sdp) => this.#audio.connect(sdp),
      onAnswered: () => {
        this.#audio.start();
        this.#answer.resolve();
      },
      onEnded: (end) => void this.#onEnded(end),
      onDigit,
    });
    this.callId = this.#dialog.callId;
    sip.on('message', (datagram) => this.#dialog.receive(datagram.toString('utf8')));
    this.#dialog.invite();
  }

  /** Our RTP port, to find this phone's streams in a capture. */
  get rtpPort(): number {
    return this.#audio.port;
  }

  get recording(): Recording {
    return this.#audio.recording;
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
    // Node gives a datagram to the kernel a little later, and closing throws it away: the last ACK, or the answer to a BYE,
    // which Asterisk would wait for, half a minute long, before it stops.
    await Promise.all(this.#sending);
    await Promise.all([closeUdp(this.#sip), this.#audio.close()]);
    this.#end.resolve(end);
  }

  #sendSip(datagram: string, port: number): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sending.add(promise);
    this.#sip.send(datagram, port, '127.0.0.1', () => {
      this.#sending.delete(promise);
      resolve();
    });
  }
}
