/** The sounds of one turn of the caller's, without the pauses between them. Milliseconds of the call's audio. */

interface Sound {
  readonly startMs: number;
  endMs: number;
}

/** Of older ones only the length is kept. */
const SOUNDS_MAX = 64;

export class Sounds {
  #sounds: Sound[] = [];
  #olderMs = 0;

  /** From `startMs`, which is not before the end of what was heard already. */
  add(startMs: number, endMs: number): void {
    const last = this.#sounds.at(-1);
    if (last !== undefined && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else this.#sounds.push({ startMs, endMs });
    if (this.#sounds.length <= SOUNDS_MAX) return;
    const oldest = this.#sounds.shift();
    if (oldest !== undefined) this.#olderMs += oldest.endMs - oldest.startMs;
  }

  forget(): void {
    this.#sounds = [];
    this.#olderMs = 0;
  }

  /** Of all of them. */
  get lengthMs(): number {
    return this.#olderMs + this.afterMs(0);
  }

  /** Length of what was heard after `positionMs`, as far back as single sounds are known. */
  afterMs(positionMs: number): number {
    let lengthMs = 0;
    for (const { startMs, endMs } of this.#sounds) {
      lengthMs += Math.max(0, endMs - Math.max(startMs, positionMs));
    }
    return lengthMs;
  }
}
