import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTwiml, TWIML_LENGTH_MAX } from './twiml.ts';

const STREAM =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  <Connect>\n    <Stream url="wss://a.example/m">\n      <Parameter name="who" value="&quot;Ann&quot; &amp; co"/>\n    </Stream>\n  </Connect><Say>Good&lt;bye<![CDATA[ & more ]]></Say></Response>';

test('verbs, attributes, nested elements and text', () => {
  expect(parseTwiml(STREAM)).toEqual({
    kind: 'verbs',
    verbs: [
      {
        name: 'Connect',
        attributes: {},
        text: '',
        innerText: '',
        children: [
          {
            name: 'Stream',
            attributes: { url: 'wss://a.example/m' },
            text: '',
            innerText: '',
            children: [
              {
                name: 'Parameter',
                attributes: { name: 'who', value: '"Ann" & co' },
                text: '',
                innerText: '',
                children: [],
              },
            ],
          },
        ],
      },
      {
        name: 'Say',
        attributes: {},
        text: 'Good<bye & more',
        innerText: 'Good<bye & more',
        children: [],
      },
    ],
  });
});

test('the text of inner elements is kept in order', () => {
  const document = parseTwiml('<Response><Say>a <emphasis>b</emphasis> c</Say></Response>');
  const say = document.kind === 'verbs' ? document.verbs[0] : undefined;
  expect([say?.text, say?.innerText]).toEqual(['a  c', 'a b c']);
});

describe('what is no TwiML', () => {
  const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Response>&b;</Response>`;
  test.each([
    ['plain text', 'Hello', 'TWIML_NOT_XML', 12100],
    ['nothing', '', 'TWIML_NOT_XML', 12100],
    ['JSON', '{"a":1}', 'TWIML_NOT_XML', 12100],
    ['a space before the declaration', ` ${STREAM}`, 'TWIML_NOT_XML', 12100],
    ['an element that is not closed', '<Response><Say>', 'TWIML_NOT_XML', 12100],
    ['an element closed by another', '<Response></Respond>', 'TWIML_NOT_XML', 12100],
    [
      'two attributes of one name',
      '<Response><Say a="1" a="2"/></Response>',
      'TWIML_NOT_XML',
      12100,
    ],
    ['a bare ampersand', '<Response><Say>a & b</Say></Response>', 'TWIML_NOT_XML', 12100],
    ['an unknown entity', '<Response>&nbsp;</Response>', 'TWIML_NOT_XML', 12100],
    ['an entity bomb', bomb, 'TWIML_NOT_XML', 12100],
    ['depth', '<Response>'.repeat(100), 'TWIML_NOT_XML', 12100],
    ['elements', `<Response>${'<a/>'.repeat(2000)}</Response>`, 'TWIML_NOT_XML', 12100],
    ['10 MB', `<Response>${' '.repeat(10_000_000)}</Response>`, 'TWIML_TOO_LARGE', 12100],
    ['another element', '<html></html>', 'TWIML_NOT_RESPONSE', 12200],
    ['lower case', '<response/>', 'TWIML_NOT_RESPONSE', 12200],
  ])('%s', (_name, xml, code, twilioCode) => {
    expect(parseTwiml(xml)).toMatchObject({ kind: 'failure', code, twilioCode });
  });
});

test('attributes named like members of an object are just attributes', () => {
  const document = parseTwiml('<Response><Say __proto__="a" constructor="b"/></Response>');
  const attributes = document.kind === 'verbs' ? document.verbs[0]?.attributes : undefined;
  expect(Object.entries(attributes ?? {})).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  expect({}).not.toHaveProperty('a');
});

test('any text gives a value, never an exception', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    '&',
    ';',
    '"',
    "'",
    '=',
    'Response',
    'Say',
    '<?xml',
    '?>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<!DOCTYPE',
    '[',
    ']',
    ' ',
    '\u0000',
    '\ud800',
    'é',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (inner, isWrapped) => {
      const xml = isWrapped ? `<Response>${inner}</Response>` : inner;
      expect(['verbs', 'failure']).toContain(parseTwiml(xml.slice(0, TWIML_LENGTH_MAX)).kind);
    }),
    { numRuns: 1000 },
  );
});
