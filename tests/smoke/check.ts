/** What a smoke check found: the same shape for all providers, and as `--json` prints it. */

export const PROVIDERS = ['elevenlabs', 'azure', 'openrouter'] as const;

export type ProviderName = (typeof PROVIDERS)[number];

export interface Check {
  readonly name: string;
  /** `unchecked`: could not be looked at here; `detail` says why. Neither a tick nor a cross. */
  readonly state: 'good' | 'bad' | 'unchecked';
  readonly detail: string;
}

export interface ProviderReport {
  readonly provider: ProviderName;
  readonly checks: readonly Check[];
  /** Latencies as measured, whole milliseconds. */
  readonly figuresMs: Readonly<Record<string, number>>;
}

/** Collects what is found about one provider. */
export class Findings {
  readonly #provider: ProviderName;
  readonly #checks: Check[] = [];
  readonly #figuresMs: Record<string, number> = {};

  constructor(provider: ProviderName) {
    this.#provider = provider;
  }

  /** A tick or a cross. Answers which. */
  add(name: string, isGood: boolean, detail: string): boolean {
    this.#checks.push({ name, state: isGood ? 'good' : 'bad', detail });
    return isGood;
  }

  skip(name: string, why: string): void {
    this.#checks.push({ name, state: 'unchecked', detail: why });
  }

  /** A latency: a tick with its figure, or a cross where it never came. */
  time(name: string, ms: number | undefined): void {
    if (ms === undefined) return void this.add(name, false, 'never came');
    this.#figuresMs[name] = Math.round(ms);
    this.add(name, true, `${Math.round(ms)} ms`);
  }

  report(): ProviderReport {
    return { provider: this.#provider, checks: this.#checks, figuresMs: this.#figuresMs };
  }
}
