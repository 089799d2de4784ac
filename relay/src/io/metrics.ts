/** `/metrics` in Prometheus' text format. Everything is read when asked for: counting costs the media path nothing. */

import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Call } from './call.ts';
import type { Relay } from './relay.ts';

type MediaCounts = Readonly<Record<(typeof MEDIA_COUNTERS)[number], number>>;

const MEDIA_COUNTERS = [
  'rtp_in_packets',
  'rtp_in_late',
  'rtp_in_lost',
  'rtp_in_duplicate',
  'rtp_in_reordered',
  'rtp_in_strangers',
  'rtp_in_invalid',
  'rtp_in_wrong_payload_type',
  'rtp_out_packets',
  'rtp_out_audio_bytes',
] as const;

function countMedia({ media }: Call): MediaCounts {
  const { counters, reorderCounters } = media.receiver;
  return {
    rtp_in_packets: counters.packets,
    rtp_in_late: reorderCounters.late,
    rtp_in_lost: reorderCounters.lost,
    rtp_in_duplicate: reorderCounters.duplicate,
    rtp_in_reordered: reorderCounters.reordered,
    rtp_in_strangers: counters.strangers,
    rtp_in_invalid: counters.invalid,
    rtp_in_wrong_payload_type: counters.wrongPayloadType,
    rtp_out_packets: media.sender.counters.packets,
    rtp_out_audio_bytes: media.sender.counters.audioBytes,
  };
}

/** The metrics of one relay. */
export class Metrics {
  readonly #registry = new Registry();
  /** Media of calls that have ended. */
  readonly #ended: Record<string, number> = {};
  readonly #relay: Relay;

  constructor(relay: Relay) {
    this.#relay = relay;
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('calls_active', 'Calls in progress', () => relay.callCount);
    this.#gauge('calls_max', 'MAX_CALLS', () => relay.config.callsMax);
    this.#gauge('rtp_ports_taken', 'RTP ports in use', () => relay.portsTaken);
    this.#gauge('ari_connected', 'Whether Asterisk is connected', () =>
      relay.isConnected ? 1 : 0,
    );
    for (const quantile of [0.5, 0.99]) {
      const name = `clock_lateness_ms_p${quantile * 100}`;
      this.#gauge(name, 'How late the 20 ms clock woke, over the last 10 to 20 s', () =>
        relay.clock.lateness.quantileMs(quantile),
      );
    }
    const { counters } = relay;
    this.#counter('calls_total', 'Calls admitted', () => counters.calls);
    this.#counter(
      'calls_returned_total',
      'Callers sent back to the dialplan',
      () => counters.returned,
    );
    this.#counter('streams_total', 'Streams opened', () => counters.streams);
    this.#counter('swept_total', 'Leftovers of earlier relays ended', () => counters.swept);
    this.#counter('ari_reconnects_total', 'Times Asterisk was lost', () => relay.reconnects);
    this.#counter(
      'clock_skipped_slots_total',
      'Slots skipped after a stall',
      () => relay.clock.skippedSlots,
    );
    this.#labelled('calls_refused_total', 'Callers refused', 'reason', counters.refused);
    this.#labelled('errors_total', 'Errors by code, see docs/errors.md', 'code', counters.errors);
    this.#labelled(
      'stream_warnings_total',
      "Twilio's stream warnings, each once a stream",
      'twilio_code',
      counters.twilioWarnings,
    );
    for (const name of MEDIA_COUNTERS) {
      this.#counter(`${name}_total`, name.replaceAll('_', ' '), () => this.#mediaTotal(name));
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Keeps the media counters of a call that ends. */
  retire(call: Call): void {
    for (const [name, count] of Object.entries(countMedia(call))) {
      this.#ended[name] = (this.#ended[name] ?? 0) + count;
    }
  }

  #mediaTotal(name: keyof MediaCounts): number {
    let total = this.#ended[name] ?? 0;
    for (const call of this.#relay.calls) total += countMedia(call)[name];
    return total;
  }

  #gauge(name: string, help: string, read: () => number): void {
    // The registry keeps it and calls `collect` when it is scraped.
    void new Gauge({
      name: `patchcord_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    void new Counter({
      name: `patchcord_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #labelled(name: string, help: string, label: string, counts: ReadonlyMap<string, number>): void {
    void new Counter({
      name: `patchcord_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, count] of counts) this.inc({ [label]: value }, count);
      },
    });
  }
}
