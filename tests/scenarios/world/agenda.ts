/** What will happen in virtual time, the earliest first; what falls on one instant in the order in which it was scheduled. */

export interface Event {
  readonly at: number;
  readonly run: () => void;
}

export class Agenda {
  readonly #events: Event[] = [];

  add(event: Event): void {
    this.#events.push(event);
  }

  get next(): Event | undefined {
    let next: Event | undefined;
    for (const event of this.#events) {
      if (next === undefined || event.at < next.at) next = event;
    }
    return next;
  }

  remove(event: Event): void {
    this.#events.splice(this.#events.indexOf(event), 1);
  }
}
