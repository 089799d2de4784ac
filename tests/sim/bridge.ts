import type { Channel, MediaFrame } from './channel.ts';

/** A mixing bridge. With two members, the only case the relay makes, audio is passed on and nothing is mixed. */
export class Bridge {
  readonly id: string;
  readonly name: string;
  readonly createdAt = new Date();
  readonly channels = new Set<Channel>();

  constructor(id: string, name: string) {
    this.id = id;
    this.name = name;
  }

  /** Passes a frame on to all others, as it is: no jitter buffer, no re-framing (facts section 2). */
  forward(from: Channel, frame: MediaFrame): void {
    for (const channel of this.channels) {
      if (channel !== from) channel.technology.write(frame);
    }
  }
}
