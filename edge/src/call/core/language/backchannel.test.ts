import { describe, expect, it } from 'vitest';
import { isBackchannel, isStopWord } from './backchannel.ts';

describe('a back-channel', () => {
  it.each([
    'mm-hm',
    'Mhm.',
    'Uh-huh.',
    'mmmm',
    'hmmmm',
    'yeah yeah yeah yeah',
    'Ok, I see, right.',
    'okaaay',
    'Right?',
    'That makes sense.',
    'No problem!',
    'ya',
    'yaaa',
    'ya ya',
    'okay lah',
    'oooh',
    '哦好的我知道了',
    '这样啊',
    'Ha-ah, betul.',
    'okay baik',
    'Faham, faham.',
    'tak apa',
    'boleh boleh',
    '嗯',
    '嗯嗯嗯嗯',
    '对对对',
    '好的，好的。',
    '對，我知道',
    '没关系',
    'ok 好 ya',
  ])('is %s', (text) => {
    expect(isBackchannel(text)).toBe(true);
    expect(isStopWord(text)).toBe(false);
  });

  it.each([
    '',
    '...',
    'no',
    'Okay but when?',
    'yes please',
    'right now',
    'ok right good yes',
    'bukan',
    'ya saya nak batal',
    '好贵',
    '对不对',
    '是谁',
    'I see a problem',
    'two',
    'ok '.repeat(40),
  ])('is not %s', (text) => {
    expect(isBackchannel(text)).toBe(false);
  });
});

describe('a stop word', () => {
  it.each([
    'stop',
    'Wait wait.',
    'ok wait',
    'can you hold on',
    'No, not Monday.',
    'um no',
    'Yeah, no, that is wrong.',
    'Sorry?',
    'tunggu sekejap',
    'eh bukan',
    'Bukan itu.',
    'tak nak',
    'Ok, tapi mahal.',
    '等一下',
    '你等等',
    'can i say something',
    'saya nak tanya',
    'dah cukup',
    '够了',
    'repeat please',
    '停！',
    '不是',
    '不要',
    '嗯，不对',
    '别说了',
    '不好意思',
  ])('is in %s', (text) => {
    expect(isStopWord(text)).toBe(true);
    expect(isBackchannel(text)).toBe(false);
  });

  it.each([
    '',
    'no worries',
    'I know',
    'tak apa',
    'tiada masalah',
    '不错',
    '不要紧',
    '没问题',
    '对不对',
    'monday is fine',
    'saya tak pasti',
  ])('is not in %s', (text) => {
    expect(isStopWord(text)).toBe(false);
  });
});
