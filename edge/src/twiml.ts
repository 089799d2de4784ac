/** The TwiML that the voice webhook answers: connect the stream, then what to do when it has ended. */

import { SaxesParser } from 'saxes';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/gu, (char) => ENTITIES[char] ?? char);
}

/**
 * `<Response>` with a bidirectional stream to `url` and `fallback` after it, which runs when the stream has ended, for
 * whatever reason. `parameters` come back as `customParameters` of the stream's `start`.
 */
export function connectTwiml(
  url: string,
  parameters: Readonly<Record<string, string>>,
  fallback: string,
): string {
  const children = Object.entries(parameters)
    .map(([name, value]) => `<Parameter name="${escapeXml(name)}" value="${escapeXml(value)}"/>`)
    .join('');
  return document(
    `<Connect><Stream url="${escapeXml(url)}">${children}</Stream></Connect>${fallback}`,
  );
}

/** Only the fall-back verbs: the agent cannot be had at all. */
export function fallbackTwiml(fallback: string): string {
  return document(fallback);
}

function document(verbs: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;
}

/** Undefined if `verbs` are well-formed inside `<Response>`, else what is wrong. */
export function checkFallback(verbs: string): string | undefined {
  const parser = new SaxesParser();
  let problem: string | undefined;
  let depth = 0;
  parser.on('error', (error) => (problem ??= error.message));
  parser.on('opentag', ({ name }) => {
    if (depth++ === 1 && name === 'Response') problem ??= '<Response> within <Response>';
  });
  parser.on('closetag', () => void depth--);
  parser.write(document(verbs)).close();
  return problem;
}
