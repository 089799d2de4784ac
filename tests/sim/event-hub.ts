import { ASTERISK_ID, formatInstant } from './ari-json.ts';
import type { Json } from './ari-json.ts';

/** One end of an event socket. */
export interface EventSocket {
  send(text: string): void;
}

interface Application {
  socket: EventSocket | undefined;
  /** Subscriptions are counted, as in Asterisk: made and entered through ARI is two, left is one less. */
  readonly channels: Map<string, number>;
  readonly bridges: Map<string, number>;
}

/** What an event is about: who is subscribed to any of these gets it. */
export interface EventSubject {
  readonly channelId?: string;
  readonly bridgeId?: string;
}

/**
 * Stasis applications, their sockets and subscriptions.
 *
 * A second socket on an application takes it over: the first gets `ApplicationReplaced` and stays open, deaf. Without its
 * socket an application is away, and is forgotten once it has nothing subscribed either.
 */
export class EventHub {
  readonly #applications = new Map<string, Application>();

  connect(names: readonly string[], socket: EventSocket): void {
    for (const name of names) {
      const known = this.#applications.get(name);
      if (known === undefined) {
        this.#applications.set(name, { socket, channels: new Map(), bridges: new Map() });
        continue;
      }
      const previous = known.socket;
      known.socket = socket;
      if (previous !== undefined) this.#send(previous, name, { type: 'ApplicationReplaced' });
    }
  }

  /** The socket is closed. One that was replaced has nothing left to lose. */
  disconnect(socket: EventSocket): void {
    for (const [name, application] of this.#applications) {
      if (application.socket !== socket) continue;
      application.socket = undefined;
      this.#forgetIfEmpty(name);
    }
  }

  /** True while an application has its socket: only then callers get in. */
  isActive(name: string): boolean {
    return this.#applications.get(name)?.socket !== undefined;
  }

  subscribe(name: string, { channelId, bridgeId }: EventSubject): void {
    const application = this.#applications.get(name);
    if (application === undefined) return;
    if (channelId !== undefined) count(application.channels, channelId, 1);
    if (bridgeId !== undefined) count(application.bridges, bridgeId, 1);
  }

  unsubscribe(name: string, { channelId, bridgeId }: EventSubject): void {
    const application = this.#applications.get(name);
    if (application === undefined) return;
    if (channelId !== undefined) count(application.channels, channelId, -1);
    if (bridgeId !== undefined) count(application.bridges, bridgeId, -1);
    this.#forgetIfEmpty(name);
  }

  /** Ends all subscriptions to what no longer exists. */
  forget({ channelId, bridgeId }: EventSubject): void {
    for (const [name, application] of this.#applications) {
      if (channelId !== undefined) application.channels.delete(channelId);
      if (bridgeId !== undefined) application.bridges.delete(bridgeId);
      this.#forgetIfEmpty(name);
    }
  }

  /** Sends an event to every application that is subscribed to its subject. */
  publish(subject: EventSubject, event: { readonly type: string; readonly [name: string]: Json }) {
    for (const [name, application] of this.#applications) {
      const isSubscribed =
        (subject.channelId !== undefined && application.channels.has(subject.channelId)) ||
        (subject.bridgeId !== undefined && application.bridges.has(subject.bridgeId));
      if (isSubscribed && application.socket !== undefined) {
        this.#send(application.socket, name, event);
      }
    }
  }

  /** As `GET /applications` shows them. */
  list(): Json[] {
    return [...this.#applications].map(([name, application]) => ({
      name,
      channel_ids: [...application.channels.keys()],
      bridge_ids: [...application.bridges.keys()],
      endpoint_ids: [],
      device_names: [],
      events_allowed: [],
      events_disallowed: [],
    }));
  }

  #send(
    socket: EventSocket,
    application: string,
    { type, ...fields }: { readonly type: string; readonly [name: string]: Json },
  ): void {
    const timestamp = formatInstant(new Date());
    socket.send(
      JSON.stringify({ type, timestamp, ...fields, asterisk_id: ASTERISK_ID, application }),
    );
  }

  #forgetIfEmpty(name: string): void {
    const application = this.#applications.get(name);
    if (application === undefined || application.socket !== undefined) return;
    if (application.channels.size + application.bridges.size === 0) this.#applications.delete(name);
  }
}

function count(counts: Map<string, number>, id: string, step: number): void {
  const next = (counts.get(id) ?? 0) + step;
  if (next > 0) counts.set(id, next);
  else counts.delete(id);
}
