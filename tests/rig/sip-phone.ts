import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { alawToMulaw } from '@patchcord/shared/audio/g711';
import { mulawToAlaw } from './alaw.ts';
import { AudioReceiver } from './audio-receiver.ts';
import { AudioSender, DTMF_EVENTS, buildTelephoneEvent } from './audio-sender.ts';
import { bindRtpSocket, bindUdp, closeUdp } from './free-ports.ts';
import { everyPeriod } from './media-clock.ts';
import { NotAnswered } from './phone.ts';
import type {
  AudioListener,
  CallEnd,
  DialOptions,
  DtmfMode,
  Phone,
  PhoneCodec,
  ReceptionStats,
  Recording,
} from './phone.ts';
import { buildRtp, parseRtp } from './rtp-packet.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { PAYLOAD_TYPES, TELEPHONE_EVENT_TYPE, buildSdp, parseSdp } from './sdp.ts';
import { SipDialog } from './sip-dialog.ts';

/** A call to a SIP server on 127.0.0.1. */
export interface SipDialOptions extends DialOptions {
  readonly sipPort: number;
}

const INFO_DIGIT_MS = 160;

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
  readonly recording: Recording;
  /** Our RTP port, to find this phone's streams in a capture. */
  readonly rtpPort: number;

  readonly #dialog: SipDialog;
  readonly #sip: Socket;
  readonly #rtp: Socket;
  readonly #codec: PhoneCodec;
  readonly #startedAt = performance.now();
  readonly #sender: AudioSender;
  readonly #receiver = new AudioReceiver(this.#startedAt);
  readonly #ssrc = randomInt(2 ** 32);
  readonly #answer = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<CallEnd>();
  readonly #sending = new Set<Promise<void>>();
  #hasEnded = false;
  #remote: { readonly address: string; readonly port: number } | undefined;
  #sequenceNumber = randomInt(2 ** 16);
  #stopClock: () => void = () => {};
  #receivedDigits = '';
  #lastEventTimestamp: number | undefined;

  constructor(options: SipDialOptions, sip: Socket, rtp: Socket) {
    const ptimeMs = options.ptimeMs ?? 20;
    this.callerNumber = options.callerNumber ?? '100';
    this.#codec = options.codec ?? 'ulaw';
    this.#sip = sip;
    this.#rtp = rtp;
    this.rtpPort = rtp.address().port;
    this.#sender = new AudioSender({
      ptimeMs,
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

    this.#dialog = new SipDialog({
      send: (datagram) => this.#sendSip(datagram, options.sipPort),
      localPort: sip.address().port,
      remotePort: options.sipPort,
      call: {
        extension: options.extension,
        callerNumber: this.callerNumber,
        ...(options.callerName === undefined ? {} : { callerName: options.callerName }),
      },
      describe: (version) =>
        buildSdp({ rtpPort: this.rtpPort, codec: this.#codec, ptimeMs, version }),
      onDescription: (sdp) => {
        this.#remote = parseSdp(sdp) ?? this.#remote;
      },
      onAnswered: () => this.#onAnswered(),
      onEnded: (end) => void this.#onEnded(end),
      onDigit: (digit) => {
        this.#receivedDigits += digit;
      },
    });
    this.callId = this.#dialog.callId;
    sip.on('message', (datagram) => this.#dialog.receive(datagram.toString('utf8')));
    rtp.on('message', (datagram) => this.#onRtp(datagram));
    this.#dialog.invite();
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
      if (mode === 'info') await this.#dialog.sendInfo(digit, INFO_DIGIT_MS);
      else await this.#sender.pressKey(digit);
    }
  }

  stats(): ReceptionStats {
    return this.#receiver.stats();
  }

  async hangup(): Promise<void> {
    if (!this.#hasEnded) await this.#dialog.hangup();
    await this.ended;
  }

  #onAnswered(): void {
    this.#sender.start(Math.round((performance.now() - this.#startedAt) * 8));
    this.#stopClock = everyPeriod(this.#sender.ptimeMs, (skipped) => this.#sendFrame(skipped));
    this.#answer.resolve();
  }

  async #onEnded(end: CallEnd): Promise<void> {
    this.#hasEnded = true;
    this.#stopClock();
    this.#sender.stop();
    this.#answer.reject(new NotAnswered(end));
    // Node gives a datagram to the kernel a little later, and closing throws it away: the last ACK, or the answer to a BYE,
    // which Asterisk would wait for, half a minute long, before it stops.
    await Promise.all(this.#sending);
    await Promise.all([closeUdp(this.#sip), closeUdp(this.#rtp)]);
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

  #sendFrame(skipped: number): void {
    for (const output of this.#sender.next(skipped)) {
      if (output.kind === 'event') {
        this.#send(TELEPHONE_EVENT_TYPE, output, buildTelephoneEvent(output));
      } else {
        const payload = this.#codec === 'ulaw' ? output.mulaw : mulawToAlaw(output.mulaw);
        this.#send(PAYLOAD_TYPES[this.#codec], output, payload);
      }
    }
  }

  #send(
    payloadType: number,
    { marker, rtpTimestamp }: Pick<RtpPacket, 'marker' | 'rtpTimestamp'>,
    payload: Uint8Array,
  ): void {
    const sequenceNumber = this.#sequenceNumber;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    if (this.#remote === undefined) return;
    const ssrc = this.#ssrc;
    const packet = { payloadType, marker, sequenceNumber, rtpTimestamp, ssrc, payload };
    this.#rtp.send(buildRtp(packet), this.#remote.port, this.#remote.address);
  }

  #onRtp(datagram: Uint8Array): void {
    const packet = parseRtp(datagram);
    if (packet === undefined) return;
    if (packet.payloadType !== PAYLOAD_TYPES[this.#codec]) {
      this.#receiver.receiveOther(packet.sequenceNumber);
      if (packet.payloadType === TELEPHONE_EVENT_TYPE) this.#onTelephoneEvent(packet);
      return;
    }
    // The datagram's buffer is the socket's; the recording keeps its own copy.
    const mulaw = this.#codec === 'ulaw' ? packet.payload.slice() : alawToMulaw(packet.payload);
    this.#receiver.receive({ ...packet, mulaw }, performance.now());
  }

  /** All packets of one key carry the timestamp of its beginning, RFC 4733 §2.3. */
  #onTelephoneEvent({ rtpTimestamp, payload }: RtpPacket): void {
    if (rtpTimestamp === this.#lastEventTimestamp) return;
    this.#lastEventTimestamp = rtpTimestamp;
    this.#receivedDigits += DTMF_EVENTS[payload[0] ?? -1] ?? '';
  }
}
