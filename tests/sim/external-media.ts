import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { alawToMulaw } from '@patchcord/shared/audio/g711';
import { bindUdp } from '../rig/free-ports.ts';
import { buildRtp, parseRtp } from '../rig/rtp-packet.ts';
import type { ChannelTechnology, MediaFrame } from './channel.ts';
import type { Faults } from './faults.ts';
import { LossyLink } from './lossy-link.ts';
import type { LinkCounts } from './lossy-link.ts';
import type { RandomSource } from './random.ts';

/** What an external-media leg counted. */
export interface ExternalMediaStats {
  readonly sent: number;
  readonly received: number;
  /** Packets from another address or port than announced. */
  readonly strangers: number;
  /** Packets that were no RTP, or of a type that Asterisk would not take. */
  readonly unusable: number;
  /** Faults met on the way to the external host, and from it. */
  readonly toExternal: Readonly<LinkCounts>;
  readonly fromExternal: Readonly<LinkCounts>;
}

/**
 * The UnicastRTP leg: RTP over UDP with the external host, as measured (facts section 2). Marker never set, SSRC constant,
 * sequence numbers contiguous, timestamps and packet sizes as they came, nothing sent when nobody speaks, keys ignored.
 *
 * Asterisk learns the source for 5 s; here only the announced address is ever listened to.
 */
export class ExternalMedia implements ChannelTechnology {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #port: number;
  readonly #toExternal: LossyLink;
  readonly #fromExternal: LossyLink;
  readonly #onEnd: () => void;
  readonly #ssrc = randomInt(2 ** 32);
  #onFrame: (frame: MediaFrame) => void = () => {};
  #sequenceNumber = randomInt(2 ** 16);
  #sent = 0;
  #received = 0;
  #strangers = 0;
  #unusable = 0;
  #isClosed = false;

  private constructor(
    socket: Socket,
    host: string,
    port: number,
    faults: Faults,
    random: RandomSource,
    onEnd: () => void,
  ) {
    this.#socket = socket;
    this.#host = host;
    this.#port = port;
    this.#onEnd = onEnd;
    this.#toExternal = new LossyLink(
      random,
      () => faults.toExternal,
      (datagram) => {
        if (!this.#isClosed) socket.send(datagram, port, host);
      },
    );
    this.#fromExternal = new LossyLink(
      random,
      () => faults.fromExternal,
      (datagram) => this.#receive(datagram),
    );
    socket.on('message', (datagram, from) => {
      if (from.port === port && from.address === host) this.#fromExternal.send(datagram);
      else this.#strangers += 1;
    });
    // Nobody listens at the external host: the kernel says so here.
    socket.on('error', () => {});
  }

  /** Binds `localPort`; rejects when it is taken. `onEnd` is called when the port is free again. */
  static async open(options: {
    readonly localPort: number;
    readonly host: string;
    readonly port: number;
    readonly faults: Faults;
    readonly random: RandomSource;
    readonly onEnd: () => void;
  }): Promise<ExternalMedia> {
    const { localPort, host, port, faults, random, onEnd } = options;
    const socket = await bindUdp(localPort);
    return new ExternalMedia(socket, host, port, faults, random, onEnd);
  }

  /** Where frames from the external host go. */
  set onFrame(listener: (frame: MediaFrame) => void) {
    this.#onFrame = listener;
  }

  get stats(): ExternalMediaStats {
    return {
      sent: this.#sent,
      received: this.#received,
      strangers: this.#strangers,
      unusable: this.#unusable,
      toExternal: this.#toExternal.counts,
      fromExternal: this.#fromExternal.counts,
    };
  }

  /** The host and port this leg sends to. */
  get externalAddress(): { readonly host: string; readonly port: number } {
    return { host: this.#host, port: this.#port };
  }

  write(frame: MediaFrame): void {
    if (this.#isClosed) return;
    const sequenceNumber = this.#sequenceNumber;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.#sent += 1;
    const { rtpTimestamp, mulaw: payload } = frame;
    const header = { payloadType: 0, marker: false, sequenceNumber, rtpTimestamp };
    this.#toExternal.send(buildRtp({ ...header, ssrc: this.#ssrc, payload }));
  }

  answer(): void {}

  ring(): void {}

  sendDigits(): void {}

  end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#toExternal.close();
    this.#fromExternal.close();
    this.#socket.close(this.#onEnd);
  }

  #receive(datagram: Uint8Array): void {
    if (this.#isClosed) return;
    const packet = parseRtp(datagram);
    // Asterisk takes A-law on a µ-law channel and transcodes it.
    if (packet === undefined || (packet.payloadType !== 0 && packet.payloadType !== 8)) {
      this.#unusable += 1;
      return;
    }
    this.#received += 1;
    const mulaw = packet.payloadType === 0 ? packet.payload.slice() : alawToMulaw(packet.payload);
    this.#onFrame({ mulaw, rtpTimestamp: packet.rtpTimestamp });
  }
}
