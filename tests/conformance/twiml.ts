import { expect } from 'vitest';
import { TwimlProgram } from '@patchcord/relay/core/twiml/program';
import { parseTwiml } from '@patchcord/shared/twilio/twiml';
import type { Rule, Section } from './rule.ts';
import { World, type WorldOptions } from './world.ts';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

/** The document is read, and its stream opened. */
async function expectStream(options: WorldOptions): Promise<void> {
  await using world = await World.start(options);
  await world.call();
  await world.stream();
}

/** The document is refused with `code`: the fall-back is asked, and told so. */
async function expectRefused(code: number, body: string): Promise<void> {
  await using world = await World.start({
    twiml: body,
    environment: { VOICE_FALLBACK_URL: '{http}/fallback' },
  });
  await world.call({ until: 'sent' });
  expect(await world.form('/fallback')).toMatchObject({
    ErrorCode: String(code),
    ErrorUrl: `${world.httpUrl}/voice`,
  });
}

async function parametersOf(parameters: string): Promise<unknown> {
  await using world = await World.start({
    twiml: `<Response><Connect><Stream url="{ws}/m">${parameters}</Stream></Connect></Response>`,
  });
  await world.call();
  const { json } = await (await world.stream()).untilEvent('start');
  return (json['start'] as Record<string, unknown>)['customParameters'];
}

/** The kinds of steps that a document gives, and what was reported. */
function stepsOf(verbs: string): { steps: string[]; problems: string[] } {
  const document = parseTwiml(`<Response>${verbs}</Response>`);
  if (document.kind === 'failure') throw new Error(document.detail);
  const problems: string[] = [];
  const program = new TwimlProgram(document.verbs, ({ code }) => problems.push(code));
  const steps: string[] = [];
  for (;;) {
    const { kind } = program.next();
    if (kind === 'finished' || kind === 'gave-up') return { steps, problems };
    steps.push(kind);
    program.handle({ kind: 'done' });
  }
}

const STREAM = '<Stream url="wss://a.example/m"/>';

const VERBS = (
  [
    ['<Connect><Stream>', `<Connect>${STREAM}</Connect>`, 'connect-stream'],
    ['<Start><Stream>', `<Start>${STREAM}</Start>`, 'start-stream'],
    ['<Stop><Stream name>', '<Stop><Stream name="a"/></Stop>', 'stop-stream'],
    ['<Say voice>', '<Say voice="Polly.Joanna" language="en-US">Hello</Say>', 'say'],
    ['<Pause length>', '<Pause length="2"/>', 'pause'],
    ['<Play>', '<Play loop="2">https://a.example/b.mp3</Play>', 'play'],
    ['<Gather>', '<Gather numDigits="1"><Say>Press</Say></Gather>', 'gather'],
    ['<Record>', '<Record maxLength="10"/>', 'record'],
    ['<Redirect>', '<Redirect method="GET">/a</Redirect>', 'redirect'],
    ['<Hangup>', '<Hangup/>', 'hangup'],
    ['<Dial> with a number', '<Dial>+15551230000</Dial>', 'dial'],
    ['<Dial><Number>', '<Dial><Number>+15551230000</Number></Dial>', 'dial'],
    ['<Dial><Sip>', '<Dial><Sip>sip:a@b.example</Sip></Dial>', 'dial'],
  ] as const
).map(([name, verb, step], index): Rule => ({
  id: `6.${30 + index}`,
  rule: `\`${name}\` is understood`,
  source: name === '<Stop><Stream name>' ? 'D2' : 'R',
  on: 'core',
  test: () => expect(stepsOf(verb)).toEqual({ steps: [step], problems: [] }),
}));

const NOT_UNDERSTOOD = (
  [
    ['<Dial><Conference>', '<Dial><Conference>room</Conference></Dial>', 'passed over, reported'],
    [
      '<Start><Recording>',
      '<Start><Recording/></Start>',
      'passed over, reported; `Record=true` of REST, `<Record>` and `<Dial record>` are there',
    ],
  ] as const
).map(([name, verb, deviation], index): Rule => ({
  id: `6.${50 + index}`,
  rule: `\`${name}\` is understood`,
  source: 'R',
  on: 'core',
  deviation,
  test: () => expect(stepsOf(verb).problems).toEqual([]),
}));

export const TWIML: Section = {
  title: 'TwiML',
  file: 'twiml.ts',
  rules: [
    {
      id: '6.1',
      rule: '`url` is required; without one there is no stream and the next verb runs',
      source: 'D2',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Connect><Stream/></Connect><Redirect>/next</Redirect></Response>',
        });
        await world.call({ until: 'sent' });
        await world.request('/next');
        await world.relay.logged('TWIML_BAD_STREAM');
      },
    },
    {
      id: '6.2',
      rule: '`name` is unique in a call: a second stream of that name is refused, the call goes on',
      source: 'D2',
      test: async () => {
        const start = '<Start><Stream url="{ws}/m" name="a"/></Start>';
        await using world = await World.start({
          twiml: `<Response>${start}${start}<Redirect>/next</Redirect></Response>`,
        });
        await world.call({ until: 'sent' });
        await world.relay.logged('STREAM_NAME_TAKEN');
        await world.request('/next');
        expect(world.handler.upgrades.all.length).toBeLessThanOrEqual(1);
      },
    },
    {
      id: '6.3',
      rule: '`track` is `inbound_track` without one',
      source: 'D2',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Start><Stream url="{ws}/m"/></Start><Pause length="60"/></Response>',
        });
        await world.call({ until: 'sent' });
        const { json } = await (await world.stream()).untilEvent('start');
        expect(json).toHaveProperty('start.tracks', ['inbound']);
      },
    },
    {
      id: '6.4',
      rule: 'Attributes in any order, white space, comments, CDATA and entities are as in any XML',
      source: 'XML',
      test: async () => {
        await expectStream({
          twiml: `${DECLARATION}\n<!-- one -->\n<Response >\n\t<Connect\n><Stream\n  statusCallbackMethod='GET' track = "inbound_track"\n url="{ws}/m" ></Stream>\r\n</Connect></Response>\n\n`,
        });
        const said = stepsOf('<Say>a &amp; b<![CDATA[ <c> ]]>&#33;</Say>');
        expect(said.steps).toEqual(['say']);
      },
    },
    {
      id: '6.5',
      rule: 'Attributes that only the SDK knows (`connectorName`, `audioFormat`, `sampleRate`) change nothing',
      source: 'S',
      test: () =>
        expectStream({
          twiml:
            '<Response><Connect><Stream url="{ws}/m" connectorName="c" audioFormat="mulaw" sampleRate="8000"/></Connect></Response>',
        }),
    },
    ...['text/xml', 'text/xml; charset=utf-8', 'application/xml', 'text/html', null].map(
      (type, index): Rule => ({
        id: `6.${6 + index}`,
        rule:
          type === null
            ? 'A document without a content type is read'
            : `A document of \`${type}\` is read`,
        source: type === null || type === 'text/html' ? 'INFERRED' : 'R',
        test: () =>
          expectStream({
            answer: ({ target }) =>
              target === '/voice'
                ? { type, body: '<Response><Connect><Stream url="{ws}/m"/></Connect></Response>' }
                : undefined,
          }),
      }),
    ),
    {
      id: '6.12',
      rule: 'A blank or a line before `<?xml` is refused, with 12100',
      source: 'E, R',
      test: async () => {
        await expectRefused(12100, `\n${DECLARATION}<Response/>`);
        await expectRefused(12100, ` ${DECLARATION}<Response/>`);
      },
    },
    {
      id: '6.13',
      rule: 'What is not well-formed is refused, with 12100',
      source: 'E',
      test: async () => {
        await expectRefused(12100, '<Response><Connect></Response>');
        await expectRefused(12100, '<Response><Say>a & b</Say></Response>');
      },
    },
    {
      id: '6.14',
      rule: 'Another element than `<Response>` is refused, with 12200',
      source: 'E',
      test: () => expectRefused(12200, '<html><body>Not here</body></html>'),
    },
    {
      id: '6.15',
      rule: 'An entity bomb is refused, with 12100',
      source: 'E (ours: any DOCTYPE is)',
      test: async () => {
        const entities = Array.from(
          { length: 9 },
          (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
        );
        const bomb = `${DECLARATION}<!DOCTYPE r [<!ENTITY e0 "lol">${entities.join('')}]><Response><Say>&e9;</Say></Response>`;
        await expectRefused(12100, bomb);
      },
    },
    {
      id: '6.16',
      rule: 'A document of 10 MB is refused, with 12100',
      source: 'INFERRED',
      note: "64 KiB here; Twilio's bound is UNKNOWN",
      test: () => expectRefused(12100, `<Response>${' '.repeat(10_000_000)}</Response>`),
    },
    {
      id: '6.17',
      rule: '`<Parameter>`: names and values become `customParameters`, in order, as strings',
      source: 'D2',
      test: async () => {
        const parameters = '<Parameter name="b" value="1"/><Parameter name="a" value="&lt;ü&gt;"/>';
        const found = await parametersOf(parameters);
        expect(JSON.stringify(found)).toBe('{"b":"1","a":"<ü>"}');
      },
    },
    {
      id: '6.18',
      rule: '`<Parameter>`: name and value have fewer than 500 characters together; one that has more does not come',
      source: 'D2',
      note: 'that the stream opens all the same is INFERRED',
      test: async () => {
        const fits = 'x'.repeat(498);
        const parameters = `<Parameter name="a" value="${fits}"/><Parameter name="b" value="${fits}x"/>`;
        expect(await parametersOf(parameters)).toEqual({ a: fits });
      },
    },
    {
      id: '6.19',
      rule: '`<Parameter>`: a name such as `__proto__` is a name',
      source: 'ours',
      test: async () => {
        const found = await parametersOf('<Parameter name="__proto__" value="1"/>');
        expect(JSON.stringify(found)).toBe('{"__proto__":"1"}');
      },
    },
    {
      id: '6.20',
      rule: '`<Connect action>` is asked when the stream has ended',
      source: 'D2',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Connect action="/after"><Stream url="{ws}/m"/></Connect></Response>',
        });
        await world.call();
        const stream = await world.stream();
        stream.close();
        expect(await world.form('/after')).toMatchObject({ CallStatus: 'in-progress' });
      },
    },
    ...VERBS,
    ...NOT_UNDERSTOOD,
  ],
};
