/** A voice for tests: `say-tone.ts LANGUAGE TEXT` writes 700 Hz for ms, 400 Hz otherwise, as WAV. */

import { encodeWav } from '@patchcord/shared/audio/wav';

const [language = '', text = ''] = process.argv.slice(2);
const frequencyHz = language.startsWith('ms') ? 700 : 400;
const samples = Int16Array.from({ length: text.length * 400 }, (_, i) =>
  Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * i) / 8000)),
);
process.stdout.write(encodeWav([samples], 8000));
