/** `GET /healthz`: whether the Worker is configured. It asks no provider: that costs money. */

import { Hono } from 'hono';
import { missingProviders, readEnv } from '../env.ts';
import type { AppEnv } from './context.ts';

export const health = new Hono<AppEnv>();

health.get('/healthz', (context) => {
  const parsed = readEnv(context.env);
  if (!parsed.isValid) {
    return context.json({ status: 'misconfigured', problems: parsed.problems }, 500);
  }
  const missing = Object.values(missingProviders(parsed.env));
  return context.json({ status: missing.length === 0 ? 'ok' : 'incomplete', missing });
});
