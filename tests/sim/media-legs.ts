import { AriError } from './ari-error.ts';
import { channelJson } from './ari-json.ts';
import type { Json } from './ari-json.ts';
import { Channel } from './channel.ts';
import { NORMAL_CLEARING } from './causes.ts';
import type { ChannelLife } from './channel-life.ts';
import { ExternalMedia } from './external-media.ts';
import type { Faults } from './faults.ts';
import type { RandomSource } from './random.ts';
import type { RtpPorts } from './rtp-ports.ts';

/** What `POST /channels/externalMedia` was asked for, checked. */
export interface ExternalMediaRequest {
  readonly channelId: string | undefined;
  readonly app: string;
  readonly host: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
}

const INTERNAL_ERROR = 'An internal error prevented this request from being handled';
/** Where an external-media channel is outside Stasis. */
const EXTERNAL_PLACE: Channel['place'] = {
  context: 'default',
  exten: 's',
  priority: 1,
  app: 'AppDial2',
  appData: '(Outgoing Line)',
};

/** UnicastRTP legs: external media on the PBX's RTP ports. */
export class MediaLegs {
  readonly #life: ChannelLife;
  readonly #faults: Faults;
  readonly #random: RandomSource;
  readonly #ports: RtpPorts;
  readonly #onOutOfPorts: () => void;

  constructor(options: {
    readonly life: ChannelLife;
    readonly faults: Faults;
    readonly random: RandomSource;
    readonly ports: RtpPorts;
    readonly onOutOfPorts: () => void;
  }) {
    this.#life = options.life;
    this.#faults = options.faults;
    this.#random = options.random;
    this.#ports = options.ports;
    this.#onOutOfPorts = options.onOutOfPorts;
  }

  /**
   * Makes the UnicastRTP leg and answers it as it is at that moment: down. It enters Stasis a little later. Undefined when
   * the PBX died of it.
   */
  async open(request: ExternalMediaRequest): Promise<Json | undefined> {
    this.#life.hangupCallersAt('external-media-requested');
    if (request.channelId !== undefined && this.#life.channels.has(request.channelId)) {
      throw new AriError(500, INTERNAL_ERROR, 'Internal Server Error');
    }
    const { host, port, app } = request;
    const opened = await this.#openMedia(host, port);
    if (opened === undefined) return undefined;
    const { media, localPort } = opened;
    const channel = new Channel({
      id: request.channelId ?? this.#life.newId(),
      name: `UnicastRTP/${host}:${port}-0x${this.#life.newId().replace('.', '')}`,
      protocolId: '',
      caller: { name: '', number: '' },
      state: 'Down',
      place: EXTERNAL_PLACE,
      isMade: true,
      technology: media,
    });
    media.onFrame = (frame) => channel.receive(frame);
    this.#life.channels.set(channel.id, channel);
    this.#life.events.subscribe(app, { channelId: channel.id });
    const channelvars = {
      ...request.variables,
      UNICASTRTP_LOCAL_PORT: String(localPort),
      UNICASTRTP_LOCAL_ADDRESS: '127.0.0.1',
    };
    for (const [name, value] of Object.entries(channelvars)) channel.variables.set(name, value);
    const answer = { ...channelJson(channel), channelvars };
    this.#life.after(this.#faults.externalStartDelayMs, () => this.#startExternal(channel, app));
    this.#life.hangupCallersAt('external-media-created');
    return answer;
  }

  /** On the first port that no other process has: Asterisk too tries the next. */
  async #openMedia(
    host: string,
    port: number,
  ): Promise<{ readonly media: ExternalMedia; readonly localPort: number } | undefined> {
    for (;;) {
      const localPort = this.#takePort();
      if (localPort === undefined) return undefined;
      try {
        const media = await ExternalMedia.open({
          localPort,
          host,
          port,
          faults: this.#faults,
          random: this.#random,
          onEnd: () => this.#ports.giveBack(localPort),
        });
        if (!this.#life.isAbandoned) return { media, localPort };
        media.end();
        return undefined;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
          throw error;
      }
    }
  }

  #startExternal(channel: Channel, app: string): void {
    if (channel.isEnded) return;
    const dial = (dialstatus: string) => {
      const peer = channelJson(channel);
      const dialstring = channel.name.slice('UnicastRTP/'.length).split('-')[0] ?? '';
      this.#life.events.publish(
        { channelId: channel.id },
        { type: 'Dial', dialstatus, forward: '', dialstring: `${dialstring}/c(ulaw)`, peer },
      );
    };
    dial('');
    this.#life.answer(channel);
    dial('ANSWER');
    if (this.#faults.swallowsExternalStart) return;
    if (this.#life.events.isActive(app)) this.#life.enterStasis(channel, app, []);
    // Nobody takes it: AppDial2 has no dialplan behind it.
    else this.#life.end(channel, { cause: NORMAL_CLEARING, byFarEnd: false });
    this.#life.hangupCallersAt('external-media-started');
  }

  #takePort(): number | undefined {
    const port = this.#ports.take();
    if (port === undefined) this.#onOutOfPorts();
    return port;
  }
}
