/** Azure Speech through the edge's adapter: speech as µ-law at the pace of a call. */

import { FRAME_BYTES } from '@patchcord/shared/media-streams/limits';
import { silence } from '../../speech/line.ts';
import { Findings, type ProviderReport } from '../check.ts';
import type { Subject } from '../subject.ts';
import { until } from '../waiting.ts';
import { Ear } from './ear.ts';
import { examineFinalisation, FINALISATIONS } from './finalisation.ts';

/** Something for Azure to hear. */
export interface Speech {
  readonly text: string;
  readonly mulaw: Uint8Array;
}

/** Silence before the speech, as in a call. */
const LEAD_MS = 500;
/** Without speech nothing says that a key is good; a bad one is refused within a second or two. */
const REFUSAL_MS_MAX = 5000;
/** Voices differ, and so does what is made of them: most words must be right. */
const WORDS_MIN = 0.6;
const OFFSET_TOLERANCE_MS = 700;

/** `wrong` has a key that no account has. Without `speech`, the key alone is looked at. */
export async function checkAzure(
  subjectOf: (segmentMs?: number) => Subject,
  wrong: Subject,
  speech: Speech | undefined,
): Promise<ProviderReport> {
  const findings = new Findings('azure');
  if (speech === undefined) await examineKey(findings, subjectOf());
  else if (await examineSpeech(findings, subjectOf(), speech)) {
    await examineFinalisation(findings, subjectOf, speech.mulaw);
  }
  await examineWrongKey(findings, wrong);
  return findings.report();
}

async function examineKey(findings: Findings, subject: Subject): Promise<void> {
  using ear = new Ear(subject);
  await ear.listen(() => false, REFUSAL_MS_MAX);
  const isGood = ear.fault === undefined;
  findings.add('key accepted', isGood, isGood ? 'silence was taken' : ear.faultText());
  const why = 'no speech to play: set ELEVENLABS_API_KEY, or install espeak-ng';
  const unheard = ['µ-law at 8 kHz accepted', 'first hypothesis', 'final phrase', 'offsets'];
  for (const name of [...unheard, ...FINALISATIONS]) findings.skip(name, why);
}

/** Answers whether anything was heard. */
async function examineSpeech(
  findings: Findings,
  subject: Subject,
  speech: Speech,
): Promise<boolean> {
  using ear = new Ear(subject);
  const { startAt, endAt, endMs } = await ear.hearOut(speech.mulaw, LEAD_MS);

  const first = ear.hypotheses[0];
  const last = ear.phrases.at(-1);
  const isAccepted = first !== undefined || last !== undefined;
  findings.add('key accepted', isAccepted, isAccepted ? 'yes' : ear.faultText());
  if (!isAccepted) return false;

  const understood = ear.phrases.map(({ text }) => text).join(' ');
  const isUnderstood = shareOfWords(speech.text, understood) >= WORDS_MIN;
  const detail = `understood ${JSON.stringify(understood)}`;
  findings.add('µ-law at 8 kHz accepted', isUnderstood, detail);
  findings.time('first hypothesis after the speech began', first && first.at - startAt);
  findings.time('final phrase after the speech ended', last && last.at - endAt);

  const beginsMs = ear.phrases[0]?.startMs ?? 0;
  const endsMs = last?.endMs ?? 0;
  const isPlaced =
    beginsMs >= LEAD_MS - OFFSET_TOLERANCE_MS &&
    beginsMs <= LEAD_MS + OFFSET_TOLERANCE_MS &&
    Math.abs(endsMs - endMs) <= 2 * OFFSET_TOLERANCE_MS;
  const played = `${LEAD_MS} to ${Math.round(endMs)} ms was speech`;
  const said = `${Math.round(beginsMs)} to ${Math.round(endsMs)} ms was recognised`;
  findings.add('offsets', isPlaced, `${said}, ${played}`);
  return true;
}

async function examineWrongKey(findings: Findings, wrong: Subject): Promise<void> {
  using ear = new Ear(wrong);
  await ear.play(silence(FRAME_BYTES));
  await until(() => ear.fault !== undefined, REFUSAL_MS_MAX);
  findings.add('a wrong key is STT_AUTH', ear.fault?.code === 'STT_AUTH', ear.faultText());
}

/** How many of the words of `said` are in `understood`, 0 to 1. */
function shareOfWords(said: string, understood: string): number {
  const found = new Set(wordsOf(understood));
  const words = wordsOf(said);
  return words.filter((word) => found.has(word)).length / words.length;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}
