import { expect, test } from 'vitest';
import { isPrivateHost } from './private-host.ts';

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.255.1.2', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.31.255.255', true],
  ['192.168.0.1', true],
  ['169.254.169.254', false],
  ['[::1]', true],
  ['fd00::1', true],
  ['fe80::1', false],
  ['172.32.0.1', false],
  ['11.0.0.1', false],
  ['8.8.8.8', false],
  ['10.0.0.1.example.com', false],
  ['10.example', false],
  ['localhost.example.com', false],
  ['fd00.example.com', false],
  ['2001:db8::1', false],
  ['256.0.0.1', false],
  ['', false],
])('%s: %s', (host, expected) => {
  expect(isPrivateHost(host)).toBe(expected);
});
