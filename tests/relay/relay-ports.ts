/** RTP ports for relays that run side by side: each worker of the test runner has its own thousand, each relay a slice. */

const FIRST = 20_000;
const PORTS_PER_RELAY = 200;
const RELAYS_PER_WORKER = 10;

let leases = 0;

/** A range for `RTP_PORTS`. */
export function leaseRelayPorts(): string {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % 5;
  const slice = leases++ % RELAYS_PER_WORKER;
  const first = FIRST + (worker * RELAYS_PER_WORKER + slice) * PORTS_PER_RELAY;
  return `${first}-${first + PORTS_PER_RELAY - 1}`;
}
