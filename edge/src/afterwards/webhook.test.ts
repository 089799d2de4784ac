import { describe, expect, it } from 'vitest';
import { postWebhook } from './webhook.ts';

const REQUEST = { body: '{}', id: 'id', authToken: 'a token', now: 0, isPrivateAllowed: false };

describe('a webhook that must not be sent', () => {
  it.each([
    'http://127.0.0.1:1/',
    'https://10.1.2.3/hook',
    'https://192.168.0.5/hook',
    'https://localhost/hook',
    'https://[::1]/hook',
    'https://[fd00::1]/hook',
    'https://169.254.169.254/latest/meta-data',
    'http://crm.example/hook',
    'not a URL',
  ])('is not: %s', async (url) => {
    await expect(postWebhook({ ...REQUEST, url })).rejects.toMatchObject({
      code: 'WEBHOOK_REFUSED',
    });
  });

  it('may be on a private network where that is said, but is not reached there', async () => {
    const sent = postWebhook({ ...REQUEST, url: 'http://127.0.0.1:1/', isPrivateAllowed: true });
    await expect(sent).rejects.toMatchObject({ code: 'WEBHOOK_FAILED', message: 'no connection' });
  });
});
