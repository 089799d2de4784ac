import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signatureOf } from './signature.ts';

it('is verified with the key of docs/tools.md', async () => {
  const header = await signatureOf('sesame', '{"day":"mon"}', 1_764_000_000_999);
  const key = createHmac('sha256', 'sesame').update('patchcord tools v1').digest('hex');
  const expected = createHmac('sha256', key).update('1764000000.{"day":"mon"}').digest('hex');
  expect(header).toBe(`t=1764000000,v1=${expected}`);
});
