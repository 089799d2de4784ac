import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { alawToMulaw } from '@patchcord/shared/audio/g711';
import { mulawToAlaw } from './alaw.ts';
import { AudioReceiver } from './audio-receiver.ts';
import { AudioSender, DTMF_EVENTS, buildTelephoneEvent } from './audio-sender.ts';
import { closeUdp } from './free-ports.ts';
import { everyPeriod } from './media-clock.ts';
import type { AudioListener, DialOptions, PhoneCodec, ReceptionStats, Recording } from './phone.ts';
import { buildRtp, parseRtp } from './rtp-packet.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { PAYLOAD_TYPES, TELEPHONE_EVENT_TYPE, buildSdp, parseSdp } from './sdp.ts';

/** What a phone sends and receives in one call: RTP over a socket of its own, recorded both ways. */
export class RtpAudio {
  readonly recording: Recording;
  /** To find this phone's streams in a capture. */
  readonly port: number;
  readonly #socket: Socket;
  readonly #codec: PhoneCodec;
  readonly #startedAt = performance.now();
  readonly #sender: AudioSender;
  readonly #receiver = new AudioReceiver(this.#startedAt);
  readonly #ssrc = randomInt(2 ** 32);
  readonly #onDigit: (digit: string) => void;
  #remote: { readonly address: string; readonly port: number } | undefined;
  #sequenceNumber = randomInt(2 ** 16);
  #stopClock: () => void = () => {};
  #lastEventTimestamp: number | undefined;

  /** `socket`: this object's to close. `onDigit`: a key came as RTP events. */
  constructor(
    socket: Socket,
    options: Pick<DialOptions, 'codec' | 'ptimeMs' | 'isDtx'>,
    onDigit: (digit: string) => void,
  ) {
    this.#socket = socket;
    this.port = socket.address().port;
    this.#codec = options.codec ?? 'ulaw';
    this.#onDigit = onDigit;
    this.#sender = new AudioSender({
      ptimeMs: options.ptimeMs ?? 20,
      isDtx: options.isDtx ?? false,
      rtpTimestamp: randomInt(2 ** 32),
    });
    this.recording = {
      startedAt: this.#startedAt,
      payload: () => this.#receiver.payload(),
      heard: () => this.#receiver.heard(),
      spoken: () => this.#sender.spoken,
    };
    socket.on('message', (datagram) => this.#onRtp(datagram));
  }

  /** Our SDP; `version` goes up with each. */
  describe(version: number): string {
    const { ptimeMs } = this.#sender;
    return buildSdp({ rtpPort: this.port, codec: this.#codec, ptimeMs, version });
  }

  /** The other side's SDP: from now on audio goes there. */
  connect(sdp: string): void {
    this.#remote = parseSdp(sdp) ?? this.#remote;
  }

  /** Begins to send: silence, until there is something to play. */
  start(): void {
    let hasStarted = false;
    this.#stopClock = everyPeriod(this.#sender.ptimeMs, (skipped, dueAt) => {
      // The clock is shared: its first tick comes at any moment from now on, and left out nothing of ours.
      if (!hasStarted) this.#sender.start(Math.round((dueAt - this.#startedAt) * 8));
      this.#sendFrame(hasStarted ? skipped : 0);
      hasStarted = true;
    });
  }

  /** Throws away what is queued, sends no more. */
  stop(): void {
    this.#stopClock();
    this.#sender.stop();
  }

  close(): Promise<void> {
    return closeUdp(this.#socket);
  }

  get sentPackets(): number {
    return this.#sender.sentPackets;
  }

  play(mulaw: Uint8Array): Promise<void> {
    return this.#sender.play(mulaw);
  }

  stopPlaying(): void {
    this.#sender.stopPlaying();
  }

  pressKey(digit: string): Promise<void> {
    return this.#sender.pressKey(digit);
  }

  onAudio(listener: AudioListener): () => void {
    return this.#receiver.onAudio(listener);
  }

  stats(): ReceptionStats {
    return this.#receiver.stats();
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
    this.#socket.send(buildRtp(packet), this.#remote.port, this.#remote.address);
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
    this.#onDigit(DTMF_EVENTS[payload[0] ?? -1] ?? '');
  }
}
