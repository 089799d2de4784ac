import { describe, expect, it } from 'vitest';
import { agentSchema, type Agent } from './agent.ts';
import { hasMask, maskAgent, MASK } from './masking.ts';

function withHeader(name: string, value: string): Agent {
  const tool = {
    kind: 'mcp',
    name: 'crm',
    url: 'https://crm.example/',
    headers: { [name]: value },
  };
  const variables = { key: {} };
  return agentSchema.parse({ name: 'a', instructions: 'b', variables, tools: [tool] });
}

describe('the value of a header', () => {
  it.each([
    ['Authorization', 'Bearer {{secret.CRM_KEY}}', true],
    ['X-Key', '{{ secret.CRM_KEY }}', true],
    ['X-Key', '{{key}}', true],
    ['Accept', 'text/plain', true],
    ['Content-Type', 'text/plain', true],
    ['Authorization', 'Bearer sesame', false],
    ['X-Key', 'sesame{{secret.CRM_KEY}}', false],
    ['X-Key', 'sesame {{secret.CRM_KEY}}', false],
    ['X-Key', '{{secret.CRM_KEY}}sesame', false],
    ['X-Key', '{{secret.CRM_KEY}} {{key}}', false],
    ['X-Key', '', false],
  ])('%s: %s is shown: %s', (name, value, isShown) => {
    const masked = maskAgent(withHeader(name, value));
    expect(masked.tools).toMatchObject([{ headers: { [name]: isShown ? value : MASK } }]);
    expect(hasMask(masked)).toBe(!isShown);
  });
});
