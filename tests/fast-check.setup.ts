/** One seed a day in CI, so that a red run can be repeated; `FC_SEED` overrides it and fast-check prints it on failure. */

import fc from 'fast-check';

const seed = process.env['FC_SEED'] ?? (process.env['CI'] === 'true' ? '20261122' : undefined);
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
