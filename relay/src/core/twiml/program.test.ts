import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTwiml } from '@patchcord/shared/twilio/twiml';
import type { TwimlProblem } from './problem.ts';
import { TwimlProgram } from './program.ts';
import type { TwimlStep } from './step.ts';

function program(body: string): { twiml: TwimlProgram; problems: TwimlProblem[] } {
  const document = parseTwiml(`<Response>${body}</Response>`);
  if (document.kind === 'failure') throw new Error(document.detail);
  const problems: TwimlProblem[] = [];
  return { twiml: new TwimlProgram(document.verbs, (problem) => problems.push(problem)), problems };
}

/** The only step of a document, and the codes of what was wrong with it. */
function stepOf(body: string): { step: TwimlStep; codes: string[] } {
  const { twiml, problems } = program(body);
  return { step: twiml.next(), codes: problems.map(({ code }) => code) };
}

const STREAM = '<Connect><Stream url="wss://a/m"/></Connect>';
const STEP: TwimlStep = {
  kind: 'connect-stream',
  stream: { url: 'wss://a/m', track: 'inbound_track', parameters: {} },
};
const POST = { method: 'POST' } as const;

describe('what follows a stream', () => {
  test('nothing, and it worked: the call is over', () => {
    const { twiml } = program(STREAM);
    expect(twiml.next()).toEqual(STEP);
    twiml.handle({ kind: 'done' });
    expect(twiml.next()).toEqual({ kind: 'finished' });
  });

  test('nothing, and it did not work: a human', () => {
    const { twiml } = program(STREAM);
    twiml.next();
    twiml.handle({ kind: 'failed' });
    expect(twiml.next()).toEqual({ kind: 'gave-up' });
  });

  test('another stream makes good for the first', () => {
    const { twiml } = program(STREAM + STREAM);
    twiml.next();
    twiml.handle({ kind: 'failed' });
    expect(twiml.next()).toEqual(STEP);
    twiml.handle({ kind: 'done' });
    expect(twiml.next()).toEqual({ kind: 'finished' });
  });

  test('a farewell that cannot be played after it worked: the call is over all the same', () => {
    const { twiml } = program(`${STREAM}<Play>https://a/bye.wav</Play>`);
    twiml.next();
    twiml.handle({ kind: 'done' });
    twiml.next();
    twiml.handle({ kind: 'failed' });
    expect(twiml.next()).toEqual({ kind: 'finished' });
  });

  test('a greeting that cannot be played, and nothing else: a human', () => {
    const { twiml } = program('<Play>https://a/hi.wav</Play>');
    twiml.next();
    twiml.handle({ kind: 'failed' });
    expect(twiml.next()).toEqual({ kind: 'gave-up' });
  });

  test('Redirect: another document, whether it worked or not', () => {
    const { twiml } = program(`${STREAM}<Redirect method="GET">/after</Redirect><Hangup/>`);
    twiml.next();
    twiml.handle({ kind: 'failed' });
    const address = { url: '/after', method: 'GET' };
    expect(twiml.next()).toEqual({ kind: 'redirect', address, parameters: {} });
  });

  test('a verb we do not know is named, and the caller goes to a human', () => {
    const { twiml, problems } = program('<Enqueue>a</Enqueue><Pay/>');
    expect(twiml.next()).toEqual({ kind: 'gave-up' });
    expect(problems.map(({ code, detail }) => [code, /<\w+>/.exec(detail)?.[0]])).toEqual([
      ['TWIML_UNSUPPORTED_VERB', '<Enqueue>'],
      ['TWIML_UNSUPPORTED_VERB', '<Pay>'],
    ]);
  });
});

test('a verb that ends with an action: the rest of the document is forgotten', () => {
  const { twiml } = program('<Gather action="/keys"/><Say>no keys</Say>');
  twiml.next();
  const action = {
    address: { url: '/keys', method: 'POST' },
    parameters: { Digits: '1' },
  } as const;
  twiml.handle({ kind: 'action', ...action });
  expect([twiml.next(), twiml.next()]).toEqual([
    { kind: 'redirect', ...action },
    { kind: 'redirect', ...action },
  ]);
});

describe('defaults are filled in', () => {
  test.each<[string, TwimlStep]>([
    [STREAM, STEP],
    [
      '<Connect action="/x" method="GET"><Stream url="/m" name="n" statusCallback="/s"/></Connect>',
      {
        kind: 'connect-stream',
        action: { url: '/x', method: 'GET' },
        stream: {
          url: '/m',
          name: 'n',
          track: 'inbound_track',
          parameters: {},
          statusCallback: { url: '/s', method: 'POST' },
        },
      },
    ],
    [
      '<Start><Stream url="/m" track="both_tracks"/></Start>',
      { kind: 'start-stream', stream: { url: '/m', track: 'both_tracks', parameters: {} } },
    ],
    ['<Stop><Stream name="n"/></Stop>', { kind: 'stop-stream', name: 'n' }],
    ['<Say>Hi\n  there</Say>', { kind: 'say', text: 'Hi there', loop: 1 }],
    [
      '<Say voice="alice" language="ms-MY" loop="0">A <emphasis>b</emphasis> c</Say>',
      { kind: 'say', text: 'A b c', voice: 'alice', language: 'ms-MY', loop: 1000 },
    ],
    ['<Play>/a.wav</Play>', { kind: 'play', url: '/a.wav', loop: 1 }],
    ['<Play digits="1w2"/>', { kind: 'play-digits', digits: '1w2' }],
    ['<Pause/>', { kind: 'pause', seconds: 1 }],
    ['<Pause length="40"/>', { kind: 'pause', seconds: 40 }],
    ['<Hangup/>', { kind: 'hangup' }],
    ['<Reject/>', { kind: 'reject', reason: 'rejected' }],
    ['<Reject reason="busy"/>', { kind: 'reject', reason: 'busy' }],
    [
      '<Gather numDigits="4" finishOnKey=""><Say>Code?</Say><Pause/></Gather>',
      {
        kind: 'gather',
        numDigits: 4,
        finishOnKey: '',
        timeoutSeconds: 5,
        action: POST,
        actionOnEmptyResult: false,
        prompts: [
          { kind: 'say', text: 'Code?', loop: 1 },
          { kind: 'pause', seconds: 1 },
        ],
      },
    ],
    [
      '<Dial>+60312345678</Dial>',
      {
        kind: 'dial',
        targets: [{ kind: 'number', address: '+60312345678' }],
        timeoutSeconds: 30,
        timeLimitSeconds: 14_400,
        hangupOnStar: false,
        answerOnBridge: false,
      },
    ],
    [
      '<Dial action="/after" callerId="+601" hangupOnStar="true" record="record-from-answer-dual"><Number sendDigits="1">201</Number><Sip>sip:a@b</Sip></Dial>',
      {
        kind: 'dial',
        targets: [
          { kind: 'number', address: '201', sendDigits: '1' },
          { kind: 'sip', address: 'sip:a@b' },
        ],
        timeoutSeconds: 30,
        timeLimitSeconds: 14_400,
        callerId: '+601',
        hangupOnStar: true,
        answerOnBridge: false,
        action: { url: '/after', method: 'POST' },
        recording: { channels: 'dual', from: 'answer', trim: 'do-not-trim' },
      },
    ],
    [
      '<Record/>',
      {
        kind: 'record',
        timeoutSeconds: 5,
        finishOnKey: '1234567890*#',
        maxLengthSeconds: 3600,
        playBeep: true,
        trim: 'trim-silence',
        action: POST,
      },
    ],
  ])('%s', (body, step) => {
    expect(stepOf(body)).toEqual({ step, codes: [] });
  });
});

test('parameters, also those named like members of an object', () => {
  const { step } = stepOf(
    '<Connect><Stream url="/m"><Parameter name="a" value="1"/><Parameter name="__proto__" value="2"/></Stream></Connect>',
  );
  expect(step.kind === 'connect-stream' && Object.entries(step.stream.parameters)).toEqual([
    ['a', '1'],
    ['__proto__', '2'],
  ]);
});

describe('a verb that cannot be used is a problem, and leads to a human where nothing follows', () => {
  test.each([
    ['an empty Connect', '<Connect/>', 'TWIML_UNSUPPORTED_VERB'],
    ['Connect to something else', '<Connect><Room/></Connect>', 'TWIML_UNSUPPORTED_VERB'],
    ['Redirect to nowhere', '<Redirect/>', 'TWIML_BAD_REDIRECT'],
    ['no url', '<Connect><Stream/></Connect>', 'TWIML_BAD_STREAM'],
    [
      'another track (31941)',
      '<Connect><Stream url="wss://a" track="both_tracks"/></Connect>',
      'TWIML_BAD_STREAM',
    ],
    [
      'a track that is none (31941)',
      '<Start><Stream url="wss://a" track="both"/></Start>',
      'TWIML_BAD_STREAM',
    ],
    ['Start of something else', '<Start><Recording/></Start>', 'TWIML_UNSUPPORTED_VERB'],
    ['Stop without a name', '<Stop><Stream/></Stop>', 'TWIML_BAD_VERB'],
    ['Say nothing', '<Say> </Say>', 'TWIML_BAD_VERB'],
    ['Say a book', `<Say>${'x'.repeat(4097)}</Say>`, 'TWIML_BAD_VERB'],
    ['Play nothing', '<Play/>', 'TWIML_BAD_VERB'],
    ['digits that are none', '<Play digits="1;2"/>', 'TWIML_BAD_VERB'],
    ['Dial nobody', '<Dial/>', 'TWIML_BAD_VERB'],
  ])('%s', (_name, body, code) => {
    const { twiml, problems } = program(body);
    expect(twiml.next()).toEqual({ kind: 'gave-up' });
    expect(problems).toMatchObject([{ code }]);
  });
});

test.each([
  ['<Pause length="-1"/>', { seconds: 1 }],
  ['<Pause length="x"/>', { seconds: 1 }],
  ['<Gather timeout="1e9"/>', { timeoutSeconds: 5 }],
  ['<Gather finishOnKey="##!"/>', { finishOnKey: '#' }],
  ['<Dial timeout="601">201</Dial>', { timeoutSeconds: 30 }],
  ['<Dial hangupOnStar="yes">201</Dial>', { hangupOnStar: false }],
])('%s: the default is taken, and the attribute named', (body, part) => {
  const { step, codes } = stepOf(body);
  expect(step).toMatchObject(part);
  expect(codes).toEqual(['TWIML_BAD_VERB']);
});

test('a parameter that is too long or incomplete is left out, and the stream goes on', () => {
  const { step, codes } = stepOf(
    `<Connect><Stream url="wss://a/m"><Parameter name="a" value="${'x'.repeat(499)}"/><Parameter name="b"/><Other/></Stream></Connect>`,
  );
  expect(step).toEqual(STEP);
  expect(codes).toHaveLength(3);
});

test('no verbs at all: Twilio ends such a call', () => {
  expect(stepOf('').step).toEqual({ kind: 'finished' });
});

test('any attributes and any text: a step, an end, never an exception', () => {
  const verb = fc.constantFrom(
    'Connect',
    'Dial',
    'Gather',
    'Hangup',
    'Pause',
    'Play',
    'Record',
    'Redirect',
    'Reject',
    'Say',
    'Start',
    'Stop',
    'Other',
  );
  const name = fc.constantFrom(
    'url',
    'action',
    'method',
    'timeout',
    'loop',
    'length',
    'track',
    'digits',
    'finishOnKey',
    'numDigits',
    'record',
    'trim',
    'statusCallback',
    'statusCallbackEvent',
    '__proto__',
  );
  const element = fc.record({
    name: verb,
    attributes: fc.dictionary(name, fc.string({ unit: 'binary' })),
    text: fc.string({ unit: 'binary' }),
  });
  const tree = fc.tuple(element, fc.array(element, { maxLength: 3 })).map(([outer, inner]) => ({
    ...outer,
    innerText: outer.text,
    children: inner.map((each) => ({ ...each, innerText: each.text, children: [] })),
  }));
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 5 }), (verbs) => {
      const twiml = new TwimlProgram(verbs, () => {});
      for (let i = 0; i <= verbs.length; i++) expect(twiml.next().kind).toBeTypeOf('string');
    }),
  );
});
