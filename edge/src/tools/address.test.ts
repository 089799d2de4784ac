import { expect, it } from 'vitest';
import { callableUrl, refuseRedirect } from './address.ts';

it.each(['https://x.example/a', 'http://127.0.0.1:81/', 'http://10.0.0.1/', 'https://10.0.0.1/'])(
  'asks %s, as it was written',
  (url) => {
    expect(callableUrl(url).href).toBe(url);
  },
);

it.each([
  'http://x.example/',
  'ftp://x.example/',
  'nothing',
  'https://169.254.169.254/latest',
  'https://[fe80::1]/',
  'https://0.0.0.0/',
])('never asks %s', (url) => {
  expect(() => callableUrl(url)).toThrow('the address of the tool cannot be used');
});

it('follows no redirect', () => {
  expect(() => refuseRedirect(new Response(null, { status: 302 }))).toThrow('has moved');
  expect(() => refuseRedirect(new Response(null, { status: 404 }))).not.toThrow();
});
