import { expect, test } from 'vitest';
import { resolveDocumentUrl, resolveStreamUrl } from './document-url.ts';

test.each([
  ['wss://a.example/m', 'https://b.example/voice', 'wss://a.example/m'],
  // As the document spells it, because that is what a validator signs.
  ['wss://a.example', 'https://b.example/voice', 'wss://a.example'],
  ['/media', 'https://b.example/voice', 'wss://b.example/media'],
  ['media', 'https://b.example/app/voice?x=1', 'wss://b.example/app/media'],
  ['ws://127.0.0.1:8787/m', 'http://127.0.0.1:8787/voice', 'ws://127.0.0.1:8787/m'],
  ['/media/CA1', 'http://127.0.0.1:8787/voice', 'ws://127.0.0.1:8787/media/CA1'],
  // A document that came through REST has no address of its own.
  ['wss://a.example/m', '', 'wss://a.example/m'],
])('%s of %s is %s', (url, documentUrl, expected) => {
  expect(resolveStreamUrl(url, documentUrl)).toBe(expected);
});

test.each([
  ['ws://a.example/m', '31922'],
  ['https://a.example/m', '31922'],
  ['wss://a.example/m?a=1', '31920'],
  ['wss://', '31923'],
])('%s is refused with %s', (url, twilioCode) => {
  expect(() => resolveStreamUrl(url, 'https://b.example/voice')).toThrow(twilioCode);
});

test.each([
  ['/after', 'https://b.example/after'],
  ['after?x=1', 'https://b.example/after?x=1'],
  ['https://c.example/', 'https://c.example/'],
])('a redirect to %s leads to %s', (url, expected) => {
  expect(resolveDocumentUrl(url, 'https://b.example/voice')).toBe(expected);
});

test('a document without an address leads to absolute ones only', () => {
  expect(resolveDocumentUrl('https://c.example/x', '')).toBe('https://c.example/x');
  expect(() => resolveDocumentUrl('/x', '')).toThrow('https');
  expect(() => resolveStreamUrl('/x', '')).toThrow('31923');
});

test.each(['http://c.example/', 'ftp://c.example/', 'https://'])(
  'a redirect to %s is refused',
  (url) => {
    expect(() => resolveDocumentUrl(url, 'https://b.example/voice')).toThrow('https');
  },
);
