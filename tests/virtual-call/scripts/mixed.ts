/** English and Malay in one sentence, as in Kuala Lumpur: put into calls of both languages. */

import type { ScriptTurn } from './script.ts';

export const MIXED_TURNS: readonly ScriptTurn[] = [
  {
    caller: 'Boleh tak I | change the appointment to next week?',
    agent: 'Boleh, no problem. Which day next week?',
  },
  {
    caller: 'I nak tanya, / the parking tu free ke?',
    agent: 'Ya, the first hour is free. Lepas itu tiga ringgit sejam.',
  },
  {
    caller: 'Sorry ah, | tadi line tak clear.',
    agent: 'Tak apa. I will say it again slowly.',
  },
  {
    caller: 'Can you | send the details to my WhatsApp, / boleh?',
    agent: 'Boleh, I will send it to your WhatsApp now.',
  },
  {
    caller: 'My husband cakap | kena bayar deposit dulu, / is it true?',
    agent: 'Tidak, there is no deposit. You pay only when you come.',
  },
  {
    caller: 'Esok I busy, / Thursday can or not?',
    agent: 'Thursday boleh. The morning is still free.',
  },
];
