import { AllocationFailed, AriError } from './ari-error.ts';
import { channelJson } from './ari-json.ts';
import type { Json } from './ari-json.ts';
import type { CallerIdentity } from './callee.ts';
import { NORMAL_CLEARING } from './causes.ts';
import { Channel } from './channel.ts';
import type { ChannelTechnology } from './channel.ts';
import type { ChannelLife } from './channel-life.ts';
import type { FoundEndpoint } from './endpoints.ts';
import { OutgoingCall } from './outgoing-call.ts';
import type { OutgoingDesk } from './outgoing-call.ts';

/** What `POST /channels` was asked for, checked. */
export interface OriginateRequest {
  readonly channelId: string | undefined;
  readonly otherChannelId: string | undefined;
  readonly endpoint: string;
  readonly app: string;
  readonly appArgs: readonly string[];
  readonly caller: CallerIdentity;
  /** Negative: none. */
  readonly timeoutMs: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** From the answer to `POST /channels` to the first event; Asterisk takes 2 to 10 ms. */
const CHANNEL_START_MS = 2;

/** Far end of a channel that leads nowhere. */
const NOBODY: ChannelTechnology = {
  write: () => {},
  answer: () => {},
  ring: () => {},
  sendDigits: () => {},
  end: () => {},
};

type FindEndpoint = (endpoint: string, caller: CallerIdentity) => FoundEndpoint | undefined;

/** Places calls: `POST /channels`. What becomes of one until it is answered: {@link OutgoingCall}. */
export class Originator {
  readonly #life: ChannelLife;
  readonly #findEndpoint: FindEndpoint;

  constructor(life: ChannelLife, findEndpoint: FindEndpoint) {
    this.#life = life;
    this.#findEndpoint = findEndpoint;
  }

  /** Places a call. Answers the channel as it is at that moment: down. */
  originate(request: OriginateRequest): Json {
    const { endpoint, app, caller } = request;
    const id = request.channelId ?? this.#life.newId();
    if (this.#life.channels.has(id)) {
      throw new AriError(409, 'Channel with given unique ID already exists');
    }
    const found = this.#findEndpoint(endpoint, caller);
    if (found === undefined) throw new AllocationFailed();
    const { callee, isLocal } = found;
    const otherId = request.otherChannelId ?? `${id};2`;
    const serial = this.#life.newSerial();
    const channel = new Channel({
      id,
      name: `${found.name}-${serial}${isLocal ? ';1' : ''}`,
      protocolId: isLocal ? '' : `${this.#life.newId()}@127.0.0.1`,
      caller,
      state: 'Down',
      place: found.place,
      isMade: true,
      technology: callee ?? NOBODY,
    });
    for (const [name, value] of Object.entries(request.variables)) {
      channel.variables.set(name, value);
    }
    const shadows = isLocal ? [this.#shadow(channel, otherId, `${found.name}-${serial};2`)] : [];
    const call = new OutgoingCall({
      desk: this.#outgoingDesk(app, request.appArgs, shadows),
      channel,
      shadows,
      callee,
      dialstring: found.dialstring,
    });
    for (const one of [channel, ...shadows]) {
      this.#life.channels.set(one.id, one);
      this.#life.outgoing.set(one.id, call);
      this.#life.events.subscribe(app, { channelId: one.id });
    }
    const answer = channelJson(channel);
    this.#life.after(CHANNEL_START_MS, () => call.begin(request.timeoutMs));
    return answer;
  }

  /** The other half of a Local channel. */
  #shadow(channel: Channel, id: string, name: string): Channel {
    return new Channel({
      id,
      name,
      protocolId: '',
      caller: channel.caller,
      state: 'Ring',
      place: { ...channel.place, app: 'Dial', appData: '' },
      technology: NOBODY,
    });
  }

  #outgoingDesk(app: string, args: readonly string[], shadows: readonly Channel[]): OutgoingDesk {
    return {
      publish: (channel, type, fields) => this.#life.publish(channel, type, fields),
      publishDial: ({ id }, fields) => {
        this.#life.events.publish({ channelId: id }, { type: 'Dial', ...fields });
      },
      answer: (channel) => this.#life.answer(channel),
      hand: (channel) => {
        if (this.#life.events.isActive(app)) this.#life.enterStasis(channel, app, args);
        else this.#life.end(channel, { cause: NORMAL_CLEARING, byFarEnd: false });
      },
      hangup: (channel, cause) => this.#life.end(channel, { cause, byFarEnd: true }),
      remove: (channel) => {
        this.#life.forget(channel);
        this.#life.endShadows(shadows);
      },
      press: (channel, digit, durationMs) => {
        if (channel.state !== 'Up') return;
        this.#life.publish(channel, 'ChannelDtmfReceived', { digit, duration_ms: durationMs });
      },
    };
  }
}
