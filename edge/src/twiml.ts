/** The TwiML that the voice webhook answers: connect the stream, then what to do when it has ended. */

import { SaxesParser } from 'saxes';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/gu, (char) => ENTITIES[char] ?? char);
}

/**
 * `<Response>` with a bidirectional stream to `streamUrl`, and a redirect to `endedUrl` for when it has ended, for whatever
 * reason: only then is it known whether the call was a good one. `parameters` come back as `customParameters` of the
 * stream's `start`.
 */
export function connectTwiml(
  streamUrl: string,
  parameters: Readonly<Record<string, string>>,
  endedUrl: string,
): string {
  const children = Object.entries(parameters)
    .map(([name, value]) => `<Parameter name="${escapeXml(name)}" value="${escapeXml(value)}"/>`)
    .join('');
  const stream = `<Stream url="${escapeXml(streamUrl)}">${children}</Stream>`;
  return documentOf(`<Connect>${stream}</Connect><Redirect>${escapeXml(endedUrl)}</Redirect>`);
}

/** The agent has said goodbye, or whoever called was silent for too long: nothing is left to say. */
export function hangupTwiml(): string {
  return documentOf('<Hangup/>');
}

/** Only the fall-back verbs: the agent cannot be had, or was lost. */
export function fallbackTwiml(fallback: string): string {
  return documentOf(fallback);
}

/** `verbs` in a `<Response>`. */
export function documentOf(verbs: string): string {
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
  parser.write(documentOf(verbs)).close();
  return problem;
}
