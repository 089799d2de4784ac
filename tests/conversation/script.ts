/** What callers say. */

import type { Line } from './converse.ts';

/** The demo's: a booking in three languages, one interruption, and a goodbye after which the agent hangs up. */
export const DEMO_SCRIPT: readonly Line[] = [
  { say: 'Good afternoon.' },
  { say: 'What are your opening hours?' },
  { say: 'And on a Sunday?', interruptsAfterWords: 8 },
  { say: 'I would like to book a table for four, tomorrow at seven.' },
  { say: 'Boleh saya tempah meja dekat tingkap?' },
  { say: '请给我靠窗的位子。' },
  { say: 'Goodbye.' },
];

/** Twenty turns: every third with something hard in it. */
export const TWENTY_TURNS: readonly Line[] = [
  { say: 'Hello.' },
  { say: 'Can you hear me?' },
  { say: 'My number is 012-345 6789.' },
  { say: 'I have a question about a bill.' },
  { say: 'It says RM 1,250.40, is that right?' },
  { say: 'Ya.' },
  { say: 'Saya nak tahu, pukul berapa anda tutup hari Jumaat?' },
  { say: 'Terima kasih.' },
  { say: '你们星期天开门吗？' },
  { say: 'Fine.' },
  { say: 'Could you send it to ann.lee@example.com?' },
  { say: 'No, with two e: L, E, E.' },
  { say: 'The address is 88 Jalan Ampang, 50450 Kuala Lumpur.' },
  { say: 'Yes.' },
  { say: 'One more thing: do you have parking?' },
  { say: 'How much is it?' },
  { say: 'That is too much!' },
  { say: 'All right, I will take the train.' },
  { say: 'Thanks a lot for your help today.' },
  { say: 'Goodbye.' },
];
