/** TwiML: `parseTwiml`, and the steps that a program makes of what it read. */

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { TwimlProgram } from '@patchcord/relay/core/twiml/program';
import { parseTwiml } from '@patchcord/shared/twilio/twiml';
import { measured } from './measured.ts';
import { anyText, damaged, floodOf, textOf } from './text.ts';

const VERBS =
  'Connect Dial Gather Hangup Pause Play Record Redirect Reject Say Start Stop Stream Parameter Number Sip Conference Response Echo'.split(
    ' ',
  );
const ATTRIBUTES =
  'url name track statusCallback statusCallbackMethod value action method input timeout numDigits finishOnKey length loop voice language digits callerId record trim recordingStatusCallback recordingStatusCallbackEvent statusCallbackEvent maxLength playBeep reason timeLimit hangupOnStar answerOnBridge sendDigits __proto__ constructor'.split(
    ' ',
  );
const VALUES = [
  'wss://a.example/b',
  '/c',
  'inbound_track',
  'both_tracks',
  'GET',
  '5',
  '-1',
  '999999999999',
  'true',
  'record-from-answer-dual',
  'initiated ringing answered completed',
  '1#*',
  'dtmf speech',
  '',
];
const PIECES = [
  ['<Response>', '</Response>', '<?xml version="1.0" encoding="UTF-8"?>', '<!--', '-->'],
  ['<![CDATA[', ']]>', '<!DOCTYPE a [<!ENTITY b "c">]>', '&amp;', '&lt;', '&b;', '&#x41;'],
  ['&#99999999;', '&', '<', '>', '/>', '"', "'", '=', ' ', '\n', '\uFEFF', '\0', '?>', '<?'],
  VERBS.flatMap((verb) => [`<${verb}`, `<${verb}>`, `</${verb}>`, `<${verb}/>`]),
  ATTRIBUTES.map((name) => ` ${name}="1"`),
].flat();

const value = fc.oneof(fc.constantFrom(...VALUES), anyText.map(escaped));
const attribute = fc
  .tuple(fc.constantFrom(...ATTRIBUTES), value)
  .map(([name, text]) => ` ${name}="${text}"`);

const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      fc.constantFrom(...VERBS),
      fc.array(attribute, { maxLength: 4 }),
      fc.array(fc.oneof({ maxDepth: 6, depthSize: 'small' }, value, tie('element')), {
        maxLength: 4,
      }),
    )
    .map(([name, attributes, children]) => {
      return `<${name}${attributes.join('')}>${children.join('')}</${name}>`;
    }),
}));
const document = fc
  .array(element, { maxLength: 6 })
  .map((verbs) => `<?xml version="1.0"?><Response>${verbs.join('')}</Response>`);

const flood = floodOf(PIECES, 80_000);
const input = fc.oneof(
  document,
  damaged(document, PIECES),
  textOf(PIECES),
  flood,
  flood.map((text) => `<Response>${text}</Response>`),
  flood.map((text) => `<Response><Dial><Number ${text}>1</Number></Dial></Response>`),
  anyText,
);

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, '');
}

export const twiml = fc.asyncProperty(input, (xml) => measured(() => readAll(xml)));

/** Reads a document and every step of it. */
function readAll(xml: string): void {
  const parsed = parseTwiml(xml);
  if (parsed.kind === 'failure') {
    assert.ok(parsed.twilioCode === 12100 || parsed.twilioCode === 12200);
    assert.notEqual(parsed.detail, '');
    return;
  }
  const program = new TwimlProgram(parsed.verbs, ({ detail }) => assert.ok(detail.length < 1000));
  for (let steps = 0; steps <= parsed.verbs.length; steps++) {
    const step = program.next();
    if (step.kind === 'finished' || step.kind === 'gave-up') return;
    program.handle({ kind: steps % 3 === 0 ? 'failed' : 'done' });
  }
  assert.fail('the program has more steps than the document has verbs');
}
