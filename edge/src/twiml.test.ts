import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFallback, connectTwiml, fallbackTwiml } from './twiml.ts';

describe('TwiML', () => {
  it('connects the stream and says what comes after it', () => {
    const twiml = connectTwiml(
      'wss://h/media/CA1',
      { From: '+6012', To: '"A" <a&b>' },
      '/voice/ended',
    );
    expect(twiml).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://h/media/CA1">' +
        '<Parameter name="From" value="+6012"/>' +
        '<Parameter name="To" value="&quot;A&quot; &lt;a&amp;b&gt;"/>' +
        '</Stream></Connect><Redirect>/voice/ended</Redirect></Response>',
    );
  });

  it('can be the fall-back alone', () => {
    expect(fallbackTwiml('<Say>x</Say>')).toContain('<Response><Say>x</Say></Response>');
  });

  it('is well-formed whatever the parameters are', () => {
    const texts = fc.string({ unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(texts, texts, (name, value) => {
        const twiml = connectTwiml('wss://h', { [name]: value }, '/voice/ended');
        const verbs = /<Response>(.*)<\/Response>$/su.exec(twiml)?.[1] ?? '<';
        expect(checkFallback(verbs)).toBeUndefined();
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it.each([
    ['nothing', '', true],
    ['verbs', '<Say>Sorry</Say><Dial>+60312345678</Dial>', true],
    ['an open tag', '<Say>Sorry', false],
    ['a bare ampersand', '<Say>You & me</Say>', false],
    ['a document', '<Response><Hangup/></Response>', false],
    ['an end too many', '<Hangup/></Response><Say/>', false],
  ])('knows whether a fall-back is well-formed: %s', (_, verbs, isGood) => {
    expect(checkFallback(verbs) === undefined).toBe(isGood);
  });
});
