/** English as spoken on the phone in Malaysia. */

import { LEXICONS } from '@patchcord/edge/src/call/core/language/lexicons.ts';
import type { Script } from './script.ts';

export const ENGLISH: Script = {
  language: 'en',
  locale: 'en-SG',
  topics: [
    {
      name: 'clinic',
      turns: [
        {
          caller: 'Hi, I would like to | make an appointment with Doctor Lim.',
          agent: 'Of course. Which day would suit you best?',
        },
        {
          caller: 'Maybe Tuesday, / no sorry, | Wednesday morning.',
          agent: 'Wednesday morning is fine. Doctor Lim is free at nine thirty and at eleven.',
        },
        { caller: 'Nine thirty.', agent: 'Good, nine thirty it is. May I have your name, please?' },
        {
          caller: 'My name is | Siti Rahman.',
          agent: 'Thank you, Siti. And your phone number, in case we have to reach you?',
        },
        {
          caller: 'My number is | 012 ~ 345 ~ 6789.',
          agent: 'Thank you, I have noted that. Is this your first visit to the clinic?',
        },
        {
          caller: 'No, I have been there before, / about two years ago.',
          agent:
            'Then we still have your file. Please bring your identity card, and come ten minutes early so that we can update your details.',
        },
        {
          caller: 'Do I need to | fast before the blood test?',
          agent:
            'Yes, please do not eat for eight hours before the test. Water is fine, and you can take your medicine as usual.',
        },
        {
          caller: 'And um | how much does the check-up cost?',
          agent:
            'The basic check-up is ninety ringgit. If the doctor orders a blood test, that is another sixty. You can pay by card or cash.',
        },
      ],
    },
    {
      name: 'order',
      turns: [
        {
          caller: 'Hello, I am calling about | an order that has not arrived.',
          agent: 'I am sorry to hear that. Could you give me the order number?',
        },
        {
          caller: 'It is | 4 4 7 ~ 2 9 1.',
          agent: 'One moment, let me look that up.',
          tool: 'find_order',
          afterTool:
            'I have found it. The parcel left our warehouse on Monday and is with the courier now.',
        },
        {
          caller: 'When will it | get here?',
          agent: 'It should reach you tomorrow between two and six in the afternoon.',
        },
        {
          caller: 'I am not at home tomorrow. / Can they leave it with | my neighbour?',
          agent:
            'Yes, that is possible. I will tell the courier to leave it with your neighbour, and you will get a message when it is done.',
        },
        {
          caller: 'The address is | 88 Jalan Ampang, / the blue gate.',
          agent: 'Thank you. I have added the blue gate to the delivery note.',
        },
        { caller: 'Is there any extra charge?', agent: 'No, there is no charge for that.' },
        {
          caller: 'What if | it does not come tomorrow either?',
          agent:
            'Then please call us again and we will send a new one the same day. You would not have to pay anything for it.',
        },
        {
          caller: 'Okay, and could you | send me the tracking link, / by text message?',
          agent: 'Sure, I have just sent the link to your mobile number.',
        },
      ],
    },
    {
      name: 'hours',
      turns: [
        {
          caller: 'Hi, what time do you open today?',
          agent: 'We open at ten and close at nine in the evening.',
        },
        {
          caller: 'And on Sunday?',
          agent: 'On Sunday we are open from eleven to six.',
        },
        {
          caller: 'Are you | open on public holidays, / like next Monday?',
          agent:
            'Next Monday we are open for half a day, from ten until two. On other public holidays we are closed.',
        },
        {
          caller: 'Where can I park / if I come by car?',
          agent:
            'There is a car park under the building. The first hour is free, and after that it is three ringgit an hour.',
        },
        {
          caller: 'I was thinking of | bringing my parents along, / is there a lift?',
          agent: 'Yes, there is a lift at the main entrance, and we can lend you a wheelchair.',
        },
        {
          caller: 'Do I have to book?',
          agent: 'Not during the week. At the weekend I would recommend it.',
        },
        {
          caller: 'Then I would like to book for | four people, / on Saturday at seven.',
          agent: 'Four people on Saturday at seven, that works. Under which name shall I book it?',
        },
        {
          caller: 'Under Tan.',
          agent: 'Thank you, Mister Tan. Your table is booked for Saturday at seven.',
        },
      ],
    },
    {
      name: 'complaint',
      turns: [
        {
          caller: 'I want to complain about | the technician who came yesterday.',
          agent: 'I am sorry about that. Please tell me what happened.',
        },
        {
          caller: 'He came two hours late / and then he | said he did not have the right part.',
          agent:
            'That should not have happened, and I apologise. I will make a note of both points for the manager.',
        },
        {
          caller: 'I took a whole day of leave for that.',
          agent:
            'I understand that this is annoying. We can offer you the first appointment of the day, so that you do not have to wait.',
        },
        {
          caller: 'How about | Friday?',
          agent: 'Friday at eight thirty is free. Shall I take that one for you?',
        },
        {
          caller: 'Yes please.',
          agent:
            'Done. Friday at eight thirty, and the technician will call you half an hour before.',
        },
        {
          caller: 'And will he | have the right part this time?',
          agent: 'Yes. The part is in our store, and I have reserved it for your appointment.',
        },
        {
          caller: 'I think I should get | something back for the trouble, / to be honest.',
          agent:
            'I agree with you. I have taken the call-out fee off your bill, so you only pay for the part.',
        },
        {
          caller: 'All right, who can I | ask for if it goes wrong again?',
          agent:
            'Please ask for Missus Kaur, she is the service manager. She is in from nine to five.',
        },
      ],
    },
    {
      name: 'payment',
      turns: [
        {
          caller: 'Hello, I got a message about | a payment that is overdue.',
          agent: 'Yes, let me help you with that. What is your account number, please?',
        },
        {
          caller: 'It is | 7 7 0 ~ 1 2 3 ~ 4 5.',
          agent: 'Thank you, just a second.',
          tool: 'find_account',
          afterTool:
            'There is one open invoice of one hundred and twenty ringgit, due on the third.',
        },
        {
          caller: 'But I paid that already, / last Thursday.',
          agent: 'It may take up to three working days until a payment shows. How did you pay?',
        },
        {
          caller: 'By bank transfer.',
          agent: 'Then it should be here by tomorrow. There is nothing more you have to do.',
        },
        {
          caller: 'So why did I | get a reminder?',
          agent:
            'The reminders go out by themselves on the fifth of each month. Yours was sent just before the payment came in, so you can ignore it.',
        },
        {
          caller: 'Can I | pay by card next time, / or um | set up a direct debit?',
          agent: 'Both are possible. For a direct debit I can send you the form by email.',
        },
        {
          caller: 'Yes, send it to | the address you have.',
          agent: 'It is on its way. Please sign it and send it back before the end of the month.',
        },
        {
          caller: 'Will I still be charged | a late fee?',
          agent: 'No, there will be no late fee, because you paid within the grace period.',
        },
      ],
    },
  ],
  closings: [
    { caller: 'Okay, thank you, bye bye.', agent: 'Thank you for calling. Goodbye!', isLast: true },
    {
      caller: 'That is all, / thanks a lot.',
      agent: 'You are welcome. Have a nice day, goodbye!',
      isLast: true,
    },
    {
      caller: 'Great, thanks for your help, goodbye.',
      agent: 'My pleasure. Goodbye!',
      isLast: true,
    },
  ],
  phrases: {
    greeting: 'Good morning, thank you for calling. How can I help you?',
    apology: 'Sorry, could you say that again please?',
    notUnderstood: 'Sorry, I did not catch that.',
    reprompt: 'Are you still there?',
    goodbye: 'Thank you for calling, goodbye.',
    wrapUp: 'We have to finish soon.',
    timeLimit: 'I am afraid our time is up. Goodbye.',
    failure: 'I am sorry, something is not working here.',
    openers: LEXICONS.en.phrases.openers,
    fillers: ['One moment please.', 'Just a second.'],
    voicemail: 'Hello, this is the clinic. Please call us back.',
  },
  backchannels: ['mm-hm', 'uh-huh', 'yeah', 'okay', 'right', 'I see'],
  hello: 'hello?',
  bystander: ['dinner is ready come down', 'where did you put the keys', 'turn it down please'],
  junk: ['uh', 'hm', 'the'],
  answersToPart: ['Yes, please go on.', 'Sure, what about it?'],
  answersToNothing: [
    'Sorry, could you repeat that please?',
    'I did not quite get that, could you say it again?',
  ],
  answersToHello: ['Yes, I am here. How can I help you?', 'I am listening.'],
  digits: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
};
