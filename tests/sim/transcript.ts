import type { ProbeEvent } from './ari-probe.ts';

/** One step of a contract, with whatever differs from run to run replaced by a word in angle brackets. */
export interface TranscriptEntry {
  readonly title: string;
  readonly value: unknown;
}

/** Fields whose values are a matter of the machine and the moment. */
const VARYING_FIELDS: Readonly<Record<string, string>> = {
  timestamp: '<instant>',
  creationtime: '<instant>',
  asterisk_id: '<system>',
  entity_id: '<system>',
  version: '<version>',
  UNICASTRTP_LOCAL_PORT: '<port>',
  use_count: '<count>',
  description: '<text>',
};

/** Variables that Asterisk sets for itself, and the connected line: the simulated PBX leaves them out. */
function isLeftOut(event: ProbeEvent): boolean {
  const variable = String(event['variable']);
  return (
    event.type === 'ChannelConnectedLine' ||
    (event.type === 'ChannelVarset' && /^(BRIDGE|RTPAUDIOQOS|STASISSTATUS)/.test(variable))
  );
}

/** When the phone hangs up, `cause` is 16 or missing: which one is a race inside Asterisk (seen in 16 and 22). */
function withoutRacyCause(event: ProbeEvent): ProbeEvent {
  if (event.type !== 'ChannelHangupRequest' || event['soft'] === true) return event;
  return (event['cause'] ?? 16) === 16 ? { ...event, cause: '<16 or nothing>' } : event;
}

/** What a PBX answered and sent, comparable between two PBXs. */
export class Transcript {
  readonly entries: TranscriptEntry[] = [];
  readonly #names = new Map<string, string>();

  get size(): number {
    return this.entries.length;
  }

  /** Shows an id as `name` from now on. */
  name(id: string, name: string): void {
    this.#names.set(id, `<${name}>`);
  }

  note(title: string, value: unknown): void {
    this.entries.push({ title, value: this.#normalise(value, '') });
  }

  /** Events are in order for each channel; between channels Asterisk's order is a matter of threads. */
  noteEvents(title: string, events: readonly ProbeEvent[]): void {
    const bySubject: Record<string, ProbeEvent[]> = {};
    for (const event of events.filter((one) => !isLeftOut(one)).map(withoutRacyCause)) {
      const id = event.channel?.id ?? event.peer?.id ?? event.bridge?.id ?? '';
      (bySubject[this.#names.get(id) ?? id] ??= []).push(event);
    }
    const sorted = Object.entries(bySubject).sort(([a], [b]) => a.localeCompare(b));
    this.note(title, Object.fromEntries(sorted));
  }

  #normalise(value: unknown, field: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#normalise(item, field));
    if (typeof value === 'object' && value !== null) {
      // Set by the time of the answer, or an instant later.
      const settled = Object.entries(value).filter(([name]) => name !== 'STASISSTATUS');
      const entries = settled.map(
        ([name, inner]) => [name, this.#normaliseField(name, inner)] as const,
      );
      return Object.fromEntries(entries);
    }
    if (typeof value !== 'string') return value;
    if (field === 'name' || field === 'dialstring') return nameWithoutNumbers(value);
    return this.#names.get(value) ?? value;
  }

  #normaliseField(name: string, value: unknown): unknown {
    const varying = VARYING_FIELDS[name];
    if (varying !== undefined && typeof value !== 'object') return varying;
    // Filled by ChannelConnectedLine, which is left out.
    if (name === 'connected') return '<connected>';
    if (name === 'protocol_id' && value !== '') return '<call>';
    return this.#normalise(value, name);
  }
}

/** `PJSIP/phone-0000001f` and `UnicastRTP/127.0.0.1:4000-0x7f…` without what is counted up or random. */
function nameWithoutNumbers(name: string): string {
  return name
    .replace(/-(0x)?[0-9a-f]{8,}(;[12])?$/, '-<serial>$2')
    .replace(/127\.0\.0\.1:\d+/, '<host>');
}
