import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signBody } from './signing.ts';

it('signs the second it is sent in and the body, as any other implementation of HMAC does', async () => {
  const body = '{"name":"周小姐"}';
  const expected = createHmac('sha256', 'a key').update(`1764000000.${body}`).digest('hex');
  expect(await signBody('a key', body, 1_764_000_000_999)).toBe(`t=1764000000,v1=${expected}`);
});
