import { describe, expect, test } from 'vitest';
import { parseTwiml } from '@patchcord/shared/twilio/twiml';
import { TwimlProgram, type TwimlProblem, type TwimlStep } from './program.ts';

function program(body: string): { twiml: TwimlProgram; problems: TwimlProblem[] } {
  const document = parseTwiml(`<Response>${body}</Response>`);
  if (document.kind === 'failure') throw new Error(document.detail);
  const problems: TwimlProblem[] = [];
  return { twiml: new TwimlProgram(document.verbs, (problem) => problems.push(problem)), problems };
}

const STREAM = '<Connect><Stream url="wss://a/m"/></Connect>';
const STEP: TwimlStep = { kind: 'connect-stream', url: 'wss://a/m', parameters: {} };

describe('what follows a stream', () => {
  test('nothing, and it worked: the call is over', () => {
    const { twiml } = program(STREAM);
    expect([twiml.next(), twiml.next()]).toEqual([STEP, { kind: 'finished' }]);
  });

  test('nothing, and it did not work: a human', () => {
    const { twiml } = program(STREAM);
    twiml.next();
    twiml.fail();
    expect(twiml.next()).toEqual({ kind: 'gave-up' });
  });

  test('another stream makes good for the first', () => {
    const { twiml } = program(STREAM + STREAM);
    twiml.next();
    twiml.fail();
    expect([twiml.next(), twiml.next()]).toEqual([STEP, { kind: 'finished' }]);
  });

  test('Hangup', () => {
    const { twiml } = program(`${STREAM}<Hangup/>`);
    twiml.next();
    twiml.fail();
    expect(twiml.next()).toEqual({ kind: 'hangup' });
  });

  test('Redirect: another document, whether it worked or not', () => {
    const { twiml } = program(`${STREAM}<Redirect method="GET">/after</Redirect><Hangup/>`);
    twiml.next();
    twiml.fail();
    expect(twiml.next()).toEqual({ kind: 'redirect', url: '/after', method: 'GET' });
  });

  test('a verb we do not know is named, and the caller goes to a human', () => {
    const { twiml, problems } = program(`<Say>Hi</Say>${STREAM}<Dial>200</Dial>`);
    expect([twiml.next(), twiml.next()]).toEqual([STEP, { kind: 'gave-up' }]);
    expect(problems.map(({ code, detail }) => [code, /<\w+>/.exec(detail)?.[0]])).toEqual([
      ['TWIML_UNSUPPORTED_VERB', '<Say>'],
      ['TWIML_UNSUPPORTED_VERB', '<Dial>'],
    ]);
  });
});

test('parameters, also those named like members of an object', () => {
  const { twiml } = program(
    '<Connect><Stream url="/m"><Parameter name="a" value="1"/><Parameter name="__proto__" value="2"/></Stream></Connect>',
  );
  const step = twiml.next();
  expect(step.kind === 'connect-stream' && Object.entries(step.parameters)).toEqual([
    ['a', '1'],
    ['__proto__', '2'],
  ]);
});

test.each([
  ['an empty Connect', '<Connect/>', 'TWIML_UNSUPPORTED_VERB'],
  ['Connect to something else', '<Connect><Room/></Connect>', 'TWIML_UNSUPPORTED_VERB'],
  ['Redirect to nowhere', '<Redirect/>', 'TWIML_BAD_REDIRECT'],
  ['no url', '<Connect><Stream/></Connect>', 'TWIML_BAD_STREAM'],
  [
    'another track',
    '<Connect><Stream url="wss://a" track="both_tracks"/></Connect>',
    'TWIML_BAD_STREAM',
  ],
])('%s is a problem and leads to a human', (_name, body, code) => {
  const { twiml, problems } = program(body);
  expect(twiml.next()).toEqual({ kind: 'gave-up' });
  expect(problems).toMatchObject([{ code }]);
});

test('a parameter that is too long or incomplete is left out, and the stream goes on', () => {
  const { twiml, problems } = program(
    `<Connect><Stream url="wss://a/m"><Parameter name="a" value="${'x'.repeat(499)}"/><Parameter name="b"/><Other/></Stream></Connect>`,
  );
  expect(twiml.next()).toEqual(STEP);
  expect(problems).toHaveLength(3);
});

test('no verbs at all: Twilio ends such a call', () => {
  expect(program('').twiml.next()).toEqual({ kind: 'finished' });
});
