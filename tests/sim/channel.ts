import type { Bridge } from './bridge.ts';

/** Audio on its way through the PBX: µ-law, with the sender's own timestamps, which go straight through. */
export interface MediaFrame {
  readonly mulaw: Uint8Array;
  /** 32 bits, 8 kHz. */
  readonly rtpTimestamp: number;
}

/** Why a channel ends, Q.850. */
export interface Hangup {
  readonly cause: number;
  /** The far end did it; otherwise ARI or the dialplan. */
  readonly byFarEnd: boolean;
}

/** What differs between a phone's channel and an external-media channel. */
export interface ChannelTechnology {
  /** Sends audio out of the PBX. */
  write(frame: MediaFrame): void;
  answer(): void;
  ring(): void;
  /** Keys towards the far end. */
  sendDigits(digits: string): void;
  /** The channel is gone: release ports, tell the far end. */
  end(hangup: Hangup, wasAnswered: boolean): void;
}

/** A channel of the simulated PBX. State only: `Switchboard` moves it. */
export class Channel {
  readonly id: string;
  readonly name: string;
  readonly protocolId: string;
  /** Of a Local channel this becomes who was called, as soon as the dialplan dials. */
  caller: { readonly name: string; readonly number: string };
  readonly technology: ChannelTechnology;
  /** Where it is outside Stasis, when the PBX made it. */
  readonly home: Channel['place'] | undefined;
  readonly createdAt = new Date();
  readonly variables = new Map<string, string>();
  state: 'Down' | 'Ring' | 'Ringing' | 'Up';
  place: { context: string; exten: string; priority: number; app: string; appData: string };
  /** Stasis application it is in. */
  app: string | undefined;
  /** External media has been made but is not in Stasis yet: `addChannel` answers 422. */
  bridge: Bridge | undefined;
  isEnded = false;
  /** Where audio goes while it is in the dialplan, in place of a bridge. */
  dialplanMedia: ((frame: MediaFrame) => void) | undefined;
  /** Stops what the dialplan application runs. */
  stopApplication: () => void = () => {};

  constructor(options: {
    readonly id: string;
    readonly name: string;
    readonly protocolId: string;
    readonly caller: { readonly name: string; readonly number: string };
    readonly technology: ChannelTechnology;
    readonly state: Channel['state'];
    readonly place: Channel['place'];
    /** Made by the PBX: outside Stasis it is where it began. */
    readonly isMade?: boolean;
  }) {
    this.id = options.id;
    this.name = options.name;
    this.protocolId = options.protocolId;
    this.caller = options.caller;
    this.technology = options.technology;
    this.state = options.state;
    this.place = options.place;
    this.home = options.isMade === true ? options.place : undefined;
  }

  /** Audio from the far end: to the bridge, or to the dialplan's application. */
  receive(frame: MediaFrame): void {
    if (this.bridge !== undefined) this.bridge.forward(this, frame);
    else this.dialplanMedia?.(frame);
  }
}
