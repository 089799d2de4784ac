import { describe, expect, it } from 'vitest';
import { isRobotQuestion } from './robot-question.ts';

describe('a robot question', () => {
  it.each([
    'Are you a robot?',
    'wait are you an AI',
    'are you a real person',
    'are you human',
    'Is this a recording?',
    'Am I talking to a machine?',
    'am i speaking with a real person',
    "you're a bot, right",
    'are you like a chatbot or what',
    'Adakah anda robot?',
    'awak ni robot ke',
    'ini robot ke',
    'awak orang betul ke',
    'saya cakap dengan robot ke ni',
    'ni manusia ke robot',
    '你是机器人吗',
    '您是真人吗？',
    '你是不是AI',
    '你是人吗',
    '你是機器人嗎',
    '我在跟机器人说话吗',
    '这是录音吗',
    '你是真人还是机器人',
    'eh you 是机器人吗',
  ])('is %s', (text) => {
    expect(isRobotQuestion(text)).toBe(true);
  });

  it.each([
    'are you open tomorrow',
    'is this the right number',
    'do you sell robot vacuum cleaners',
    'is this a computer shop',
    'are you the person in charge',
    'saya nak beli robot',
    'ada berapa orang',
    'awak ada komputer',
    '你们卖机器人吗',
    '你是谁',
    '你是李先生吗',
    '',
  ])('is not %s', (text) => {
    expect(isRobotQuestion(text)).toBe(false);
  });
});
