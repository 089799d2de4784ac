import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signatureOf } from './signing.ts';

it.each(['tools', 'calls'] as const)(
  'is verified with the key of the documents: %s',
  async (purpose) => {
    const content = '{"name":"周小姐"}';
    const header = await signatureOf(purpose, 'sesame', content, 1_764_000_000_999);
    const key = createHmac('sha256', 'sesame').update(`patchcord ${purpose} v1`).digest('hex');
    const expected = createHmac('sha256', key).update(`1764000000.${content}`).digest('hex');
    expect(header).toBe(`t=1764000000,v1=${expected}`);
  },
);
