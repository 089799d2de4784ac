import { defineConfig } from 'vitest/config';

/** A failing seed is printed by fast-check; `FC_SEED` runs it again. */
const setupFiles = ['./tests/fast-check.setup.ts'];

/** How long `expect.poll` waits where time is real: a host that gives its CPU to others takes long, and is no failure. */
const poll = { timeout: 15_000 };

/** What failed while the host kept its CPU for others (tests/host/punctual.setup.ts) is tried again; what failed else is not. */
const realTime = {
  setupFiles: [...setupFiles, './tests/host/punctual.setup.ts'],
  expect: { poll },
  retry: { count: 2, condition: /the host stood still/ },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'shared/src/**/*.test.ts',
            'relay/src/**/*.test.ts',
            'edge/src/**/*.test.ts',
            'tests/speech/**/*.test.ts',
            'tests/virtual-call/**/*.test.ts',
            'tests/bench/**/*.test.ts',
            'tests/scenarios/**/*.test.ts',
            'tests/conversation/**/*.test.ts',
            'tests/host/**/*.test.ts',
            'tests/docs/**/*.test.ts',
            'tests/fuzz/**/*.test.ts',
          ],
          setupFiles,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Sockets on loopback, no Asterisk.
        test: {
          name: 'loopback',
          include: [
            'tests/standins/**/*.test.ts',
            'tests/sim/**/*.test.ts',
            'tests/relay/**/*.test.ts',
            'tests/edge/**/*.test.ts',
            'tests/rest/**/*.test.ts',
            'tests/conformance/**/*.test.ts',
            'tests/smoke/**/*.test.ts',
          ],
          ...realTime,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Real Asterisk, real phones, real workerd: in real time, one file after another on two cores.
        test: {
          name: 'asterisk',
          include: [
            'tests/rig/**/*.test.ts',
            'tests/e2e/**/*.test.ts',
            'tests/amd/**/*.test.ts',
            'tests/vad/**/*.test.ts',
          ],
          ...realTime,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
