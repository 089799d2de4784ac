/**
 * All three providers' stand-ins at once: what the demo, the scenarios and the benches start.
 */
import type { AzureSpeechOptions, AzureSpeechStandin } from './azure-speech.ts';
import { startAzureSpeechStandin } from './azure-speech.ts';
import type { ElevenLabsOptions, ElevenLabsStandin } from './elevenlabs.ts';
import { startElevenLabsStandin } from './elevenlabs.ts';
import type { OpenRouterOptions, OpenRouterStandin } from './openrouter.ts';
import { startOpenRouterStandin } from './openrouter.ts';

export interface StandinsOptions {
  readonly azureSpeech?: AzureSpeechOptions;
  readonly openrouter?: OpenRouterOptions;
  readonly elevenlabs?: ElevenLabsOptions;
}

/** Three servers that are listening, and the values for the edge's `AZURE_SPEECH_URL` and its like. */
export interface Standins {
  /** `ws://127.0.0.1:PORT` */
  readonly azureSpeechUrl: string;
  /** `http://127.0.0.1:PORT/api/v1` */
  readonly openrouterUrl: string;
  /** `http://127.0.0.1:PORT` */
  readonly elevenlabsUrl: string;
  readonly azureSpeech: AzureSpeechStandin;
  readonly openrouter: OpenRouterStandin;
  readonly elevenlabs: ElevenLabsStandin;
  readonly close: () => Promise<void>;
}

/** Starts all three; when one cannot listen, none is left running. */
export async function startStandins(options: StandinsOptions = {}): Promise<Standins> {
  const started: { close: () => Promise<void> }[] = [];
  const keep = <T extends { close: () => Promise<void> }>(standin: T): T => {
    started.push(standin);
    return standin;
  };
  const close = async () => {
    await Promise.all(started.map((standin) => standin.close()));
  };
  try {
    const azureSpeech = keep(await startAzureSpeechStandin(options.azureSpeech));
    const openrouter = keep(await startOpenRouterStandin(options.openrouter));
    const elevenlabs = keep(await startElevenLabsStandin(options.elevenlabs));
    return {
      azureSpeechUrl: azureSpeech.url,
      openrouterUrl: openrouter.url,
      elevenlabsUrl: elevenlabs.url,
      azureSpeech,
      openrouter,
      elevenlabs,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
