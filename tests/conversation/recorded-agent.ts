/** Agents of which everything is kept, each told from the others in what the providers are asked. */

import { Api, type Body } from '../edge/api/api.ts';
import { TELLING_PRICES } from './agreement.ts';
import type { Marks } from './consumed.ts';

export function marksOf(name: string): Marks {
  return { phrase: `the phrase of ${name}`, model: `stand-in/${name}`, voiceId: `voice-${name}` };
}

/** Writes an agent with a recording and prices that tell; `more` is what else it has. */
export async function writeAgent(api: Api, name: string, more: Body): Promise<void> {
  const { phrase, model, voiceId } = marksOf(name);
  const { status, body } = await api.post('/api/v1/agents', {
    name,
    instructions: 'You answer the telephone. Be brief.',
    voice: { voiceId },
    models: { primary: model },
    stt: { phraseList: [phrase] },
    recording: { isOn: true },
    prices: TELLING_PRICES,
    ...more,
  });
  if (status !== 201) throw new Error(`agent ${name}: ${JSON.stringify(body)}`);
}
