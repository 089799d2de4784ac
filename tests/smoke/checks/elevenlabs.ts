/** ElevenLabs through the edge's two adapters: the multi-context socket and plain HTTP. */

import type { Subject } from '../subject.ts';
import { Findings, type ProviderReport } from '../check.ts';
import { firstAudioMs, unspaced, Voice, type Utterance } from './voice.ts';

export const SPOKEN = 'Good morning. I would like to book a table for two people, please.';

/** The times of the characters and the bytes must tell the same length, or the bytes are no µ-law at 8 kHz. */
const LENGTH_TOLERANCE = 0.25;

/** `wrong` has a key that no account has. */
export async function checkElevenLabs(subject: Subject, wrong: Subject): Promise<ProviderReport> {
  const findings = new Findings('elevenlabs');
  const voice = new Voice(subject, 'socket');
  try {
    const first = voice.begin('first', SPOKEN);
    await voice.hear(first);
    const isAccepted = first.firstAudioAt !== undefined;
    if (!findings.add('key accepted', isAccepted, isAccepted ? 'yes' : voice.faultText())) {
      return findings.report();
    }
    findings.time('first audio, new connection', firstAudioMs(first));
    examineAudio(findings, first);
    await examineContexts(findings, voice);
    await examineAbort(findings, voice);
  } finally {
    voice.tts.close();
  }
  await examineHttp(findings, subject);
  await examineWrongKey(findings, wrong);
  return findings.report();
}

function examineAudio(findings: Findings, { mulaw, text, aligned, alignedMs, isDone }: Utterance) {
  const lengthMs = mulaw.length / 8;
  const isComplete = unspaced(aligned) === unspaced(text);
  findings.add(
    'alignment',
    isComplete,
    isComplete ? 'a time for every character' : `times for ${JSON.stringify(aligned)} only`,
  );
  const isLengthRight = Math.abs(alignedMs / lengthMs - 1) < LENGTH_TOLERANCE;
  const detail = `${Math.round(lengthMs)} ms of bytes, ${Math.round(alignedMs)} ms by the alignment`;
  findings.add('audio is µ-law at 8 kHz', isLengthRight, detail);
  findings.add(
    'end of the audio',
    true,
    isDone ? 'isFinal after flush' : 'no isFinal after flush: the edge goes by the alignment',
  );
}

async function examineContexts(findings: Findings, voice: Voice): Promise<void> {
  const one = voice.begin('one', 'One, two, three.');
  const two = voice.begin('two', 'Seven, eight, nine.');
  await Promise.all([voice.hear(one), voice.hear(two)]);
  findings.time('first audio, open connection', firstAudioMs(one));
  const isGood = [one, two].every(
    ({ text, aligned, mulaw }) => mulaw.length > 0 && unspaced(aligned) === unspaced(text),
  );
  findings.add(
    'context ids',
    isGood,
    isGood ? 'two at once, each with its own audio' : voice.faultText(),
  );
}

async function examineAbort(findings: Findings, voice: Voice): Promise<void> {
  const cut = voice.begin('cut', `${SPOKEN} ${SPOKEN} ${SPOKEN}`);
  await voice.hearFirst(cut);
  voice.tts.closeContext('cut');
  const next = voice.begin('next', 'Yes, of course.');
  await voice.hear(next);
  const isGood = next.mulaw.length > 0 && unspaced(next.aligned) === unspaced(next.text);
  findings.add(
    'abort',
    isGood,
    isGood ? 'a context was closed midway, the next one spoke' : voice.faultText(),
  );
}

async function examineHttp(findings: Findings, subject: Subject): Promise<void> {
  const voice = new Voice(subject, 'http');
  const utterance = voice.begin('http', 'Thank you for calling.');
  await voice.hear(utterance);
  voice.tts.close();
  if (utterance.firstAudioAt === undefined) {
    findings.add('way round over HTTP', false, voice.faultText());
  } else {
    findings.time('first audio, way round over HTTP', firstAudioMs(utterance));
  }
}

async function examineWrongKey(findings: Findings, wrong: Subject): Promise<void> {
  const voice = new Voice(wrong, 'socket');
  await voice.hearFirst(voice.begin('wrong', 'No.'));
  voice.tts.close();
  const isGood = voice.fault?.code === 'TTS_AUTH';
  findings.add('a wrong key is TTS_AUTH', isGood, voice.faultText());
}
