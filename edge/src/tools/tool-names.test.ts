import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { uniqueName } from './tool-names.ts';

it('has the name of the server before that of the tool', () => {
  expect(uniqueName('crm', 'find-customer', new Set())).toBe('crm_find-customer');
  expect(uniqueName('crm', 'find.customer', new Set(['crm_find_customer']))).toBe(
    'crm_find_customer_2',
  );
});

it('is always one that models may call, and never one that is taken', () => {
  const tools = fc.array(fc.string({ maxLength: 80 }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/u), tools, (server, names) => {
      const taken = new Set<string>();
      const unique = names.map((name) => uniqueName(server, name, taken));
      expect(new Set(unique).size).toBe(names.length);
      for (const name of unique) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/u);
    }),
  );
});
