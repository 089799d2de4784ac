import { expect, it } from 'vitest';
import { codeOfRefusal } from './elevenlabs-refusal.ts';

it.each([
  [401, '{"detail":{"status":"invalid_api_key"}}', 'TTS_AUTH'],
  [401, '{"detail":{"status":"quota_exceeded"}}', 'TTS_QUOTA'],
  [402, '{"detail":{"status":"payment_required"}}', 'TTS_QUOTA'],
  [429, '{"detail":{"status":"too_many_concurrent_requests"}}', 'TTS_RATE_LIMITED'],
  [503, '', 'TTS_UNAVAILABLE'],
])('a refusal with %s and %s is %s', (status, body, code) => {
  expect(codeOfRefusal(status, body)).toBe(code);
});
