import { describe, expect, it } from 'vitest';
import { acceptedTwiml, dialTwiml, whisperTwiml } from './dial-twiml.ts';

const OPTIONS = {
  target: '+60312345678',
  manner: 'cold',
  timeoutSec: 30,
  actionUrl: 'https://agent.example/voice/transferred',
  whisperUrl: 'https://agent.example/voice/whisper?say=A+caller&lang=en',
} as const;

const ACTION = 'action="https://agent.example/voice/transferred" timeout="30"';

describe('the document that puts a caller through', () => {
  it.each([
    ['a number', OPTIONS, `<Dial ${ACTION}><Number>+60312345678</Number></Dial>`],
    [
      'a number that is told first',
      { ...OPTIONS, manner: 'warm' },
      `<Dial ${ACTION} answerOnBridge="true">` +
        '<Number url="https://agent.example/voice/whisper?say=A+caller&amp;lang=en">+60312345678</Number></Dial>',
    ],
    [
      'a SIP address',
      { ...OPTIONS, target: 'sip:desk@pbx.example?X-A=1&X-B=<2>' },
      `<Dial ${ACTION}><Sip>sip:desk@pbx.example?X-A=1&amp;X-B=&lt;2&gt;</Sip></Dial>`,
    ],
    [
      'a secure one',
      { ...OPTIONS, target: 'SIPS:desk@pbx.example' },
      `<Dial ${ACTION}><Sip>SIPS:desk@pbx.example</Sip></Dial>`,
    ],
  ] as const)('dials %s', (_, options, verbs) => {
    expect(dialTwiml(options)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`,
    );
  });

  it('is none for an extension, which only a PBX knows', () => {
    expect(dialTwiml({ ...OPTIONS, target: '201' })).toBeUndefined();
  });
});

describe('what whoever answers is told', () => {
  it('wants a key, and hangs up on who presses none', () => {
    expect(whisperTwiml('A <caller> & you', '/voice/whisper/accepted')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Gather numDigits="1" timeout="10" action="/voice/whisper/accepted"><Say>A &lt;caller&gt; &amp; you</Say></Gather>' +
        '<Hangup/></Response>',
    );
    expect(acceptedTwiml()).toBe('<?xml version="1.0" encoding="UTF-8"?><Response></Response>');
  });
});
