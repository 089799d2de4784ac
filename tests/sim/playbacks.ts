import { everyPeriod } from '../rig/media-clock.ts';
import { AriError } from './ari-error.ts';
import type { Channel } from './channel.ts';

/** As ARI shows a playback. */
export interface PlaybackJson {
  readonly id: string;
  readonly media_uri: string;
  readonly target_uri: string;
  readonly language: 'en';
  readonly state: 'queued' | 'playing' | 'done' | 'failed';
  readonly [name: string]: string;
}

interface Playback {
  readonly id: string;
  readonly media: string;
  readonly channel: Channel;
  state: PlaybackJson['state'];
  stop: () => void;
}

const FRAME_SAMPLES = 160;
const FRAME_MS = 20;

/** `POST /channels/{id}/play`: one after the other on each channel. Knows the sounds that it was given, by their media URI. */
export class Playbacks {
  readonly sounds = new Map<string, Uint8Array>();
  readonly #playbacks = new Map<string, Playback>();
  readonly #publish: (channel: Channel, type: string, playback: PlaybackJson) => void;
  #serial = 0;

  constructor(publish: (channel: Channel, type: string, playback: PlaybackJson) => void) {
    this.#publish = publish;
  }

  play(channel: Channel, media: string, id: string | undefined): PlaybackJson {
    const playback: Playback = {
      id: id ?? `playback-${++this.#serial}`,
      media,
      channel,
      state: 'queued',
      stop: () => {},
    };
    this.#playbacks.set(playback.id, playback);
    const answer = describePlayback(playback);
    // The answer is out before anything sounds.
    setImmediate(() => this.#startNext(channel));
    return answer;
  }

  get(id: string): PlaybackJson {
    return describePlayback(this.#find(id));
  }

  stop(id: string): void {
    const playback = this.#find(id);
    playback.stop();
    this.#finish(playback, 'done');
  }

  /** The channel is gone, and all that was to be played to it. */
  forget(channel: Channel): void {
    for (const playback of this.#playbacks.values()) {
      if (playback.channel !== channel) continue;
      playback.stop();
      this.#playbacks.delete(playback.id);
    }
  }

  #find(id: string): Playback {
    const playback = this.#playbacks.get(id);
    if (playback === undefined) throw new AriError(404, 'Playback not found');
    return playback;
  }

  #startNext(channel: Channel): void {
    const mine = [...this.#playbacks.values()].filter((one) => one.channel === channel);
    const [next] = mine;
    if (next === undefined || mine.some(({ state }) => state === 'playing')) return;
    next.state = 'playing';
    this.#publish(channel, 'PlaybackStarted', describePlayback(next));
    const mulaw = this.sounds.get(next.media);
    if (mulaw === undefined) this.#finish(next, 'failed');
    else next.stop = this.#send(next, mulaw);
  }

  #send(playback: Playback, mulaw: Uint8Array): () => void {
    let position = 0;
    const stop = everyPeriod(FRAME_MS, () => {
      const frame = mulaw.subarray(position, position + FRAME_SAMPLES);
      if (frame.length > 0) {
        playback.channel.technology.write({ mulaw: frame, rtpTimestamp: position });
      } else {
        stop();
        this.#finish(playback, 'done');
      }
      position += FRAME_SAMPLES;
    });
    return stop;
  }

  #finish(playback: Playback, state: 'done' | 'failed'): void {
    if (!this.#playbacks.delete(playback.id)) return;
    playback.state = state;
    this.#publish(playback.channel, 'PlaybackFinished', describePlayback(playback));
    this.#startNext(playback.channel);
  }
}

function describePlayback({ id, media, channel, state }: Playback): PlaybackJson {
  const target_uri = `channel:${channel.id}`;
  return { id, media_uri: media, target_uri, language: 'en', state };
}
