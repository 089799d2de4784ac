import { describe, expect, it } from 'vitest';
import { machineKindOf } from './machine-phrases.ts';

describe('a machine', () => {
  it.each([
    ['voicemail', "You've reached Aisyah. I can't take your call right now."],
    ['voicemail', 'Please leave a message after the tone.'],
    [
      'voicemail',
      'The subscriber you have dialled is not available, please leave your message after the beep.',
    ],
    ['voicemail', 'sila tinggalkan pesanan anda selepas nada'],
    ['voicemail', 'Panggilan anda telah dialihkan ke peti suara.'],
    ['voicemail', '请在嘀声后留言'],
    ['voicemail', '您拨打的用户暂时无法接通，请在提示音后留言。'],
    ['voicemail', 'To leave a message press 1'],
    ['unavailable', 'The number you have dialled is not in service.'],
    ['unavailable', 'The number you are calling is switched off'],
    ['unavailable', 'Nombor yang anda dail tidak dapat dihubungi. Sila cuba sebentar lagi.'],
    ['unavailable', '您拨打的电话已关机'],
    ['unavailable', '對不起，您撥打的號碼是空號'],
    ['ivr', 'Welcome to Maju Bank. For English, press one.'],
    ['ivr', 'Untuk bahasa Melayu, sila tekan dua.'],
    ['ivr', '普通话服务请按1'],
    ['ivr', 'Your call is important to us, please stay on the line.'],
    ['ivr', 'All our agents are currently busy.'],
    ['ivr', 'Panggilan ini akan dirakam untuk tujuan latihan.'],
    [
      'screening',
      "Hi, if you record your name and reason for calling, I'll see if this person is available.",
    ],
    [
      'screening',
      'The person you are calling is using a screening service. Go ahead and say your name and why you are calling.',
    ],
    ['screening', '请说出您的姓名和来电原因'],
    ['screening', 'Sila sebut nama anda dan tujuan panggilan'],
  ])('%s: %s', (kind, text) => {
    expect(machineKindOf(text)).toBe(kind);
  });

  it.each([
    'hello',
    'Maju Bank, good morning, this is Siti speaking, how may I help you?',
    'Hello, who is this?',
    'Sorry I am busy now, can you call me back later?',
    'Please hold, I will get her for you.',
    'Ya, siapa ni?',
    'Saya tengah sibuk, nanti saya telefon balik.',
    '喂，你好，哪位？',
    '我在开会，等一下打给你',
    '他不在，你要留个话吗',
    '请按一下门铃',
    '请一位医生来',
    '',
  ])('none: %s', (text) => {
    expect(machineKindOf(text)).toBeUndefined();
  });
});
