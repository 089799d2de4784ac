/** English as it is spoken on the phone in Malaysia and Singapore. */

import { type Lexicon, phraseList } from './lexicon.ts';

export const ENGLISH: Lexicon = {
  backchannels: phraseList(
    'mm, mhm, mmhm, mm-hm, mm-hmm, m-hm, uh-huh, aha, ah, oh, hm, hmm, yeah, yep, yup, yes, ok, okay, kay, ' +
      'k, alright, all right, right, sure, i see, got it, gotcha, of course, cool, great, good, fine, nice, ' +
      'perfect, wow, really, exactly, true, correct, indeed, i agree, i know, interesting, ooh, oo, oic, ' +
      'understood, no problem, no worries, go on, go ahead, that makes sense, makes sense, fair enough, ' +
      "oh i see, that's right, that is right, that's fine, can, can can",
  ),
  stopWords: phraseList(
    "stop, wait, hold on, hold up, hold it, hang on, that's enough, repeat please, please repeat, " +
      'can you repeat, can i ask, can i say something, let me ask, one question, i have a question, ' +
      'one moment, one second, one sec, just a moment, just a second, just a minute, one minute, shut up, ' +
      'be quiet, listen to me, let me speak, let me talk, let me finish, excuse me, pardon, not what i, ' +
      'cancel that, never mind, nevermind, slow down, too fast, say again, say that again, come again, ' +
      "repeat that, what did you say, cannot hear you, can't hear you, hello hello",
  ),
  objections: phraseList(
    'no, nope, nah, enough, huh, not that, not this, but, actually, sorry, hey, hello, what, wrong, ' +
      "that's wrong, that is wrong, that's not, that is not, i don't, i do not, don't, do not, listen",
  ),
  hesitations: phraseList('um, umm, uhm, uh, uhh, er, err, erm, em, hm, hmm, mm, ehm'),
  leadingPadding: phraseList(
    'ok, okay, well, oh, ah, so, yeah, alright, all right, mhm, mm-hm, uh-huh, hi, hello',
  ),
  unfinishedEndings: phraseList(
    'and, or, but, because, cause, cos, if, when i, while, although, though i, unless, until, since, ' +
      "whether, than, the, a, an, my, your, our, their, its, his, i, we, they, i'm, you're, we're, they're, " +
      "i'd, i'd like, i'll, i've, would like, i'd like to, want to, need to, going to, gonna, wanna, have to, " +
      'trying to, like to, able to, number is, name is, address is, email is, birthday is, date is, id is, ' +
      "code is, problem is, thing is, issue is, question is, reason is, it is called, it's called, let's say, " +
      'for example, such as, kind of, sort of, as well as, in order to, so that, and then, so i, is a, is the, ' +
      'of the, to the, at the, in the, on the, very, every, he, she, how about, what about, what if, please tell, could you please, can you please, ' +
      'can you, could you, would you, i want, i need, i think, i mean, you know, per, via, between, double, ' +
      'triple, mister, mrs, doctor',
  ),
  weakEndings: phraseList(
    "to, for, with, at, tell me, want to know, like to know, want to ask, like to ask, what's, where's, " +
      "who's, how's, when's, in, on, of, from, by, about, into, so, then, that, this, is, are, was, were, " +
      'will, would, can, could, should, like, as, is it, also, maybe, not, where, which, who, how, what, plus, ' +
      'his, her, only, just',
  ),
  danglingEndings: phraseList(
    'to, for, with, at, of, from, by, about, into, who, which, want to know, like to know, want to ask, ' +
      'like to ask, it is, that is, he said, she said, they said, he says, she says, they say, it says, ' +
      'it said, he told me, she told me, they told me, no sorry, sorry no, no wait, wait no, or rather, ' +
      'to get, can get, should get, could get, would get, to make, to bring, to give, to put, to have',
  ),
  danglingForms: [
    // Turned round as in a question, and no verb: "when will it", "who can I".
    /\b(?:will|can|could|would|should|do|does|did|have|has|had|may|might|must|shall) (?:i|you|he|she|it|we|they|there)$/u,
    /^(?:(?:and|so|but|then|okay|ok|well|sorry|hi|hello) )*(?:am|are|was|were) (?:i|you|he|she|it|we|they|there)$/u,
    // A condition, and not what follows from it.
    /^(?:(?:and|so|but|then|okay|ok|well) )*if(?: [^ ]+){2,5}$/u,
  ],
  leadIns: phraseList(
    'sorry ah, this time, my number, my name, my phone number, my address, my email, my email address, my ic, my ic number, ' +
      "the number, my order number, the order number, the address, my birthday, my date of birth, it, it's, " +
      "that's, the name",
  ),
  shortAnswers: phraseList(
    'yes, yeah, yep, yup, ya, no, nope, nah, ok, okay, sure, correct, right, wrong, exactly, fine, great, ' +
      "good, that's right, that is right, that's correct, that is correct, " +
      'no sorry, sorry no, who is he, who is she, where is he, where is she, yes please, no thanks, no thank you, thanks, thank you, thank you very much, ' +
      'thank you so much, bye, bye bye, goodbye, hello, hi, of course, not yet, not really, not sure, ' +
      "i don't know, i do not know, i do, i am, it's not, it is not, i'm not, i am not, of course not, " +
      "maybe not, probably not, rather not, better not, why not, yes it is, yes i am, yes i do, no i don't, " +
      "no i'm not, speaking, none, nothing, nothing else, i don't want to, don't want to, don't need to, both, " +
      "either, can, cannot, i think so, i don't think so, please, got it, i see, mhm, mm-hm, uh-huh, alright, " +
      'all right, sounds good, go ahead',
  ),
  questions: [
    // Asked with a question word. A stranded preposition ends such a question; a bare verb or article does not.
    /^(?:(?:and|so|but|then|okay|ok|well|sorry|excuse me|hi|hello) )*(?:what|when|where|who|why|how|which)(?:'s|'re)? (?!(?:i|we|you|they|he|she|it) )(?:[^ ]+ )+(?!(?:is|are|was|were|do|does|did|can|could|will|would|should|have|has)$)[^ ]+$/u,
    /\b(?:how much|how many|what time|how long|how come|why not|what about it|which one|how so)$/u,
    /\b(?:is it|isn't it|right or not|or not|can or not|can ah|is it ah)$/u,
  ],
  longQuestions: [
    // Asked by inversion: the subject and something after it.
    /^(?:(?:and|so|but|then|okay|ok|well|sorry|excuse me|hi|hello) )*(?:can|could|do|does|did|is|are|will|would|should|may|have|has) (?:i|you|we|they|he|she|it|there|this|that|the|your|my)(?: [^ ]+){2,}$/u,
  ],
  particles: phraseList('ah, eh'),
  digits: {
    zero: '0',
    oh: '0',
    o: '0',
    nought: '0',
    nil: '0',
    one: '1',
    two: '2',
    three: '3',
    four: '4',
    five: '5',
    six: '6',
    seven: '7',
    eight: '8',
    nine: '9',
  },
  numbers: { ten: '10', eleven: '11', twelve: '12' },
  places: phraseList('hundred, thousand, million, point'),
  repeats: { double: 2, triple: 3, treble: 3 },
  phrases: {
    greeting: 'Hello, how can I help you?',
    apology: "I'm sorry, something went wrong on my side. Could you say that again, please?",
    notUnderstood: "Sorry, I didn't catch that. Could you say it again, please?",
    reprompt: 'Hello, are you still there?',
    goodbye: 'Thank you for calling. Goodbye.',
    timeLimit: "I'm sorry, we have run out of time for this call. Thank you, and goodbye.",
    failure: "I'm sorry, I can't go on with this call right now. Please try again later. Goodbye.",
    wrapUp: 'We have about a minute left. Is there anything else I can help you with?',
    robotAnswer: 'Yes, I am an automated assistant. I am happy to help you.',
    recordingNotice: 'This call is being recorded.',
    transferNotice: 'Please hold while I connect you.',
    notConnected: "I'm sorry, nobody could take your call just now. How else can I help?",
    voicemail:
      "Hello, I'm sorry we missed you. Please call us back when it suits you. Thank you, and goodbye.",
    openers: ['Okay,', 'Right,', 'All right,', 'Let me see,', 'Well,'],
    fillers: [
      'One moment, please.',
      'Let me check that for you.',
      'Just a second.',
      'Bear with me a moment.',
    ],
  },
  robotQuestions: [
    /\b(?:are|r) (?:you|u) (?:really |actually |just |like )?(?:a |an |the )?(?:real |live |actual )?(?:robot|bot|chatbot|ai|machine|computer|human|human being|recording|program|automated|artificial|chatgpt|real|virtual assistant|voice assistant)\b/u,
    /\b(?:is|was) (?:this|that|it) (?:really |actually |just )?(?:a |an |the )?(?:real |live |actual )?(?:robot|bot|chatbot|ai|machine|computer|human|recording|recorded message|automated|answering machine)\b(?! (?:number|order|shop|problem|part))/u,
    /\bam i (?:really |actually )?(?:talking|speaking|chatting) (?:to|with) (?:a |an |the )?(?:real |live |actual )?(?:robot|bot|chatbot|ai|machine|computer|human|human being|person|someone real|recording)\b/u,
    /\b(?:are|r|is) (?:you|u|this|that|it) (?:really |actually |just )?(?:a |a real |a live |an actual |real )person\b/u,
    /\b(?:you are|you're|this is) (?:a |an )?(?:robot|bot|ai|machine|recording)(?: right| is it| isn't it| or what)\b/u,
    /\b(?:robot or human|human or robot|ai or human|human or ai|bot or human|robot or (?:a )?(?:real )?person|person or (?:a )?(?:robot|machine|bot))\b/u,
  ],
  machinePhrases: {
    screening: [
      /\b(?:say|state|record|tell me|give) your name\b.{0,40}\b(?:reason|why)\b/u,
      /\b(?:reason for|why you are|why you're) calling\b.{0,60}\b(?:available|connect|copy of this conversation)\b/u,
      /\busing (?:a )?(?:call )?screening (?:service|assistant)\b/u,
      /\bcall (?:screening|assist|assistant)\b.{0,40}\b(?:google|service|name|person)\b/u,
      /\bsee if this person is available\b/u,
      /\bget a copy of this conversation\b/u,
      /\bplease (?:stay on the line while|hold while) (?:i|we) (?:try to connect|see if)\b/u,
    ],
    voicemail: [
      /\bleave (?:a|your|me a|us a|a short|a brief|a detailed) (?:voice )?(?:message|msg|voicemail)\b/u,
      /\bleave (?:your )?(?:name and|name number|name phone|name a)\b/u,
      /\b(?:after|at) the (?:tone|beep|sound of the)\b/u,
      /\brecord your (?:voice )?(?:message|voicemail)\b/u,
      /\b(?:voice ?mail|voice mailbox|voice mail ?box|answering machine|answering service|automated voice messaging)\b/u,
      /\bmailbox (?:is full|belonging|of)\b/u,
      /\b(?:you've|you have) reached\b.{0,80}\b(?:can't|cannot|can not|unable|not available|away|busy)\b/u,
      /\b(?:i am|i'm|we are|we're) (?:unable|not able|not available) to (?:take|come to|answer) (?:your call|the phone)\b/u,
      /\b(?:can't|cannot|can not) (?:take your call|come to the phone|answer the phone|answer your call)\b/u,
      /\bwhen you (?:have finished|are finished|are done|'ve finished) recording\b/u,
    ],
    unavailable: [
      /\b(?:number|subscriber|customer|person|party) (?:that )?(?:you|you've|you have|you are|you're) (?:have )?(?:dialled|dialed|called|calling|trying to (?:reach|call))\b.{0,60}\b(?:not|no longer|unavailable|cannot|busy|switched off|unreachable|out of|disconnected)\b/u,
      /\b(?:number|subscriber) (?:is )?(?:not in service|not in use|out of service|does not exist|cannot be reached|temporarily (?:unavailable|not available))\b/u,
      /\bcall (?:cannot|can not|can't|could not) be (?:completed|connected)\b/u,
      /\bplease check the number\b/u,
      /\bmobile (?:phone )?(?:is )?(?:switched off|out of coverage)\b/u,
    ],
    ivr: [
      /\b(?:press|dial|push|enter|key in) (?:\d+|one|two|three|four|five|six|seven|eight|nine|zero|star|hash|pound|the pound|the hash|the star|the hash key)\b/u,
      /\bfor (?:english|malay|bahasa|mandarin|sales|support|enquiries|billing|all other)\b.{0,20}\b(?:press|dial|say)\b/u,
      /\byour call is (?:very )?important to us\b/u,
      /\b(?:call|calls|conversation) (?:may|will|is|are) (?:be |being )?(?:monitored|recorded) (?:for|and)\b/u,
      /\b(?:all|our) (?:of our )?(?:agents|operators|representatives|lines|customer service)\b.{0,30}\b(?:are|is) (?:currently |now |still )?(?:busy|assisting|serving|engaged)\b/u,
      /\bnext available (?:agent|operator|representative|officer|consultant)\b/u,
      /\b(?:main menu|following (?:menu|options)|menu options|options have changed|extension number|party's extension|repeat this menu)\b/u,
      /\b(?:office|business|operating) hours are\b/u,
    ],
  },
};
