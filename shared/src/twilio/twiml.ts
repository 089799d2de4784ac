/**
 * TwiML: the XML a voice webhook answers with, as a tree of elements.
 *
 * Strict XML, as Twilio's own parser: anything before `<?xml` is an error, entities are the five predefined ones only (a
 * DOCTYPE is refused, so there are no entity bombs), and size, depth and number of elements are bounded.
 *
 * @see https://www.twilio.com/docs/voice/twiml; errors 12100 (document parse failure), 12200 (schema)
 */

import { SaxesParser } from 'saxes';

/** A document of a webhook. Twilio does not publish its bound for webhooks; a `Twiml` parameter has 4000 characters. */
export const TWIML_LENGTH_MAX = 64 * 1024;
const DEPTH_MAX = 16;
const ELEMENTS_MAX = 1000;

export interface TwimlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly TwimlElement[];
  /** All text directly inside, trimmed. */
  readonly text: string;
  /** All text inside, that of inner elements too, in order. */
  readonly innerText: string;
}

export type TwimlCode = 'TWIML_NOT_XML' | 'TWIML_TOO_LARGE' | 'TWIML_NOT_RESPONSE';

export type TwimlDocument =
  | { readonly kind: 'verbs'; readonly verbs: readonly TwimlElement[] }
  | {
      readonly kind: 'failure';
      readonly code: TwimlCode;
      readonly twilioCode: 12100 | 12200;
      readonly detail: string;
    };

interface OpenElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: TwimlElement[];
  text: string;
  innerText: string;
}

/** Stops the parser: saxes goes on after an error otherwise. Never leaves this file. */
class Refusal extends Error {}

function refuse(detail: string): never {
  throw new Refusal(detail);
}

/** Reads a document; the verbs are the children of `<Response>`. */
export function parseTwiml(xml: string): TwimlDocument {
  if (xml.length > TWIML_LENGTH_MAX) {
    const detail = `a document holds at most ${TWIML_LENGTH_MAX} characters, this one has ${xml.length}`;
    return { kind: 'failure', code: 'TWIML_TOO_LARGE', twilioCode: 12100, detail };
  }
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '', innerText: '' };
  const open: OpenElement[] = [root];
  let elements = 0;

  const parser = new SaxesParser({ xmlns: false, position: true });
  parser.on('error', (error) => refuse(error.message));
  parser.on('doctype', () => refuse('a DOCTYPE is not allowed'));
  parser.on('opentag', ({ name, attributes }) => {
    if (++elements > ELEMENTS_MAX) refuse(`more than ${ELEMENTS_MAX} elements`);
    if (open.length > DEPTH_MAX) refuse(`elements nested deeper than ${DEPTH_MAX}`);
    open.push({
      name,
      attributes: Object.assign(Object.create(null), attributes),
      children: [],
      text: '',
      innerText: '',
    });
  });
  const addText = (text: string): void => {
    const inner = open[open.length - 1];
    if (inner === undefined) return;
    inner.text += text;
    inner.innerText += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    const parent = open[open.length - 1];
    if (element !== undefined && parent !== undefined) {
      const { text, innerText } = element;
      parent.children.push({ ...element, text: text.trim(), innerText: innerText.trim() });
      parent.innerText += element.innerText;
    }
  });

  try {
    parser.write(xml).close();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: 'failure', code: 'TWIML_NOT_XML', twilioCode: 12100, detail: error.message };
  }
  const response = root.children[0];
  if (response?.name !== 'Response') {
    const detail = `the document's element must be <Response>, got <${response?.name ?? ''}>`;
    return { kind: 'failure', code: 'TWIML_NOT_RESPONSE', twilioCode: 12200, detail };
  }
  return { kind: 'verbs', verbs: response.children };
}
