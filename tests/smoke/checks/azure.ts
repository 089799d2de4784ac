/** Azure Speech through the edge's adapter: speech as µ-law at the pace of a call. */

import type { Subject } from '../subject.ts';
import type { Recognition } from '@patchcord/edge/src/call/core/contract.ts';
import type { Fault } from '@patchcord/edge/src/call/core/faults.ts';
import type { SttStream } from '@patchcord/edge/src/providers/stt.ts';
import { Findings, type ProviderReport } from '../check.ts';
import { pause, until } from '../waiting.ts';

/** Something for Azure to hear. */
export interface Speech {
  readonly text: string;
  readonly mulaw: Uint8Array;
}

const FRAME_BYTES = 160;
const MULAW_SILENCE = 0xff;
/** Silence before the speech, as in a call. */
const LEAD_MS = 500;
const PHRASE_MS_MAX = 5000;
/** Without speech nothing says that a key is good; a bad one is refused within a second or two. */
const REFUSAL_MS_MAX = 5000;
/** Voices differ, and so does what is made of them: most words must be right. */
const WORDS_MIN = 0.6;
const OFFSET_TOLERANCE_MS = 700;

interface Heard extends Recognition {
  readonly at: number;
}

/** One recognition stream and what it said. */
class Ear {
  readonly hypotheses: Heard[] = [];
  readonly phrases: Heard[] = [];
  fault: Fault | undefined;
  readonly #stream: SttStream;
  #startedAt = 0;
  #frames = 0;

  constructor({ providers, languages }: Subject) {
    const request = { languages, endpoint: 0 };
    this.#stream = providers.stt.open(request, {
      onHypothesis: (recognition) => this.hypotheses.push({ ...recognition, at: Date.now() }),
      onPhrase: (recognition) => this.phrases.push({ ...recognition, at: Date.now() }),
      onFault: (fault) => {
        this.fault = fault;
      },
    });
  }

  /** Plays `mulaw` in real time, 20 ms a piece. */
  async play(mulaw: Uint8Array): Promise<void> {
    if (this.#frames === 0) this.#startedAt = Date.now();
    for (let at = 0; at < mulaw.length; at += FRAME_BYTES) {
      this.#stream.push(mulaw.subarray(at, at + FRAME_BYTES));
      this.#frames++;
      await pause(Math.max(0, this.#startedAt + this.#frames * 20 - Date.now()));
    }
  }

  /** Plays silence until `isDone`, at most `msMax`. */
  async listen(isDone: () => boolean, msMax: number): Promise<void> {
    const silence = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);
    const deadline = Date.now() + msMax;
    while (this.fault === undefined && !isDone() && Date.now() < deadline) await this.play(silence);
  }

  close(): void {
    this.#stream.close();
  }

  faultText(): string {
    return this.fault === undefined ? 'no answer' : `${this.fault.code}: ${this.fault.message}`;
  }
}

/** `wrong` has a key that no account has. Without `speech`, the key alone is looked at. */
export async function checkAzure(
  subject: Subject,
  wrong: Subject,
  speech: Speech | undefined,
): Promise<ProviderReport> {
  const findings = new Findings('azure');
  const ear = new Ear(subject);
  try {
    if (speech === undefined) await examineKey(findings, ear);
    else await examineSpeech(findings, ear, speech);
  } finally {
    ear.close();
  }
  await examineWrongKey(findings, wrong);
  return findings.report();
}

async function examineKey(findings: Findings, ear: Ear): Promise<void> {
  await ear.listen(() => false, REFUSAL_MS_MAX);
  const isGood = ear.fault === undefined;
  findings.add('key accepted', isGood, isGood ? 'silence was taken' : ear.faultText());
  const why = 'no speech to play: set ELEVENLABS_API_KEY, or install espeak-ng';
  for (const name of ['µ-law at 8 kHz accepted', 'first hypothesis', 'final phrase', 'offsets']) {
    findings.skip(name, why);
  }
}

async function examineSpeech(findings: Findings, ear: Ear, speech: Speech): Promise<void> {
  await ear.play(new Uint8Array(LEAD_MS * 8).fill(MULAW_SILENCE));
  const startAt = Date.now();
  await ear.play(speech.mulaw);
  const endAt = Date.now();
  const endMs = LEAD_MS + speech.mulaw.length / 8;
  // The speech may be several sentences, and each may become a phrase of its own.
  await ear.listen(() => (ear.phrases.at(-1)?.endMs ?? 0) > endMs - 1500, PHRASE_MS_MAX);

  const first = ear.hypotheses[0];
  const last = ear.phrases.at(-1);
  const isAccepted = first !== undefined || last !== undefined;
  findings.add('key accepted', isAccepted, isAccepted ? 'yes' : ear.faultText());
  if (!isAccepted) return;

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
}

async function examineWrongKey(findings: Findings, wrong: Subject): Promise<void> {
  const ear = new Ear(wrong);
  await ear.play(new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE));
  await until(() => ear.fault !== undefined, REFUSAL_MS_MAX);
  ear.close();
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
