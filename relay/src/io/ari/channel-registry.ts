/** Who wants to hear of which channel: Asterisk's events find their way by the channel's id. */

import type { AriChannel } from './models.ts';

/** How a channel ended. Callers that came in only say that they left: no cause. */
export interface ChannelEnd {
  /** Q.850; undefined where Asterisk did not say. */
  readonly cause?: number;
  /** The SIP answer behind it, in Asterisk 22 and later. */
  readonly sipCode?: number;
}

export interface ChannelOwner {
  /** The channel is in our app: a caller, or somebody we dialled who has answered. */
  handleEntered?(channel: AriChannel): void;
  handleRinging?(): void;
  handleDtmf?(digit: string): void;
  handlePlaybackFinished?(playbackId: string): void;
  /** Called at least once when the channel is gone or has left our app; more than once where Asterisk says it twice. */
  handleLeft(end: ChannelEnd): void;
}

export class ChannelRegistry {
  readonly #owners = new Map<string, ChannelOwner>();

  /** A channel has one owner: the newest. */
  add(channelId: string, owner: ChannelOwner): void {
    this.#owners.set(channelId, owner);
  }

  /** Forgets the channel, unless another owner has it by now. */
  remove(channelId: string, owner: ChannelOwner): void {
    if (this.#owners.get(channelId) === owner) this.#owners.delete(channelId);
  }

  get(channelId: string): ChannelOwner | undefined {
    return this.#owners.get(channelId);
  }

  get ids(): ReadonlySet<string> {
    return new Set(this.#owners.keys());
  }
}
