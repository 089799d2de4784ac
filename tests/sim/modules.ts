import { AriError } from './ari-error.ts';

/** What each module needs loaded before it. chan_rtp: channels/chan_rtp.c `.requires`. */
const REQUIREMENTS: Readonly<Record<string, readonly string[]>> = {
  'chan_rtp.so': ['res_rtp_multicast.so'],
};

/** Modules that external media and ARI need; all others of a real Asterisk are left out. */
export const MODULES_ON_DISK = [
  'app_stasis.so',
  'bridge_simple.so',
  'chan_pjsip.so',
  'chan_rtp.so',
  'codec_ulaw.so',
  'res_ari.so',
  'res_rtp_asterisk.so',
  'res_rtp_multicast.so',
  'res_stasis.so',
] as const;

/** Loaded and loadable modules, with Asterisk's answers. */
export class Modules {
  readonly #onDisk: ReadonlySet<string>;
  readonly #loaded: Set<string>;

  constructor(onDisk: readonly string[], loaded: readonly string[]) {
    this.#onDisk = new Set(onDisk);
    this.#loaded = new Set(loaded);
  }

  isLoaded(name: string): boolean {
    return this.#loaded.has(name);
  }

  list() {
    return [...this.#loaded].map((name) => this.#json(name));
  }

  get(name: string) {
    if (!this.#loaded.has(name)) {
      throw new AriError(404, 'Module could not be found in running modules');
    }
    return this.#json(name);
  }

  load(name: string): void {
    if (this.#loaded.has(name)) throw new AriError(409, 'Module is already loaded');
    const isComplete = (REQUIREMENTS[name] ?? []).every((needed) => this.#loaded.has(needed));
    if (!this.#onDisk.has(name) || !isComplete) throw new AriError(409, 'Module load declined');
    this.#loaded.add(name);
  }

  unload(name: string): void {
    if (!this.#loaded.delete(name)) {
      throw new AriError(404, 'Module not found in running modules');
    }
  }

  #json(name: string) {
    const description = name === 'chan_rtp.so' ? 'RTP Media Channel' : name.replace('.so', '');
    return { name, description, use_count: 0, status: 'Running', support_level: 'core' };
  }
}
