/**
 * Audio by key in files of a directory, which outlive the process: µ-law at 8 kHz, `<key>.ulaw`.
 *
 * Whole or not at all: written under another name and renamed. Beyond the bound the files go that were not read for the
 * longest. Files of other names are left alone.
 */

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^([0-9a-f]{64})\.ulaw$/;
const UNFINISHED = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.part$/;

export class AudioDirectory {
  readonly #path: string;
  readonly #bytesMax: number;
  /** Key to bytes, in the order of their last use, the oldest first. */
  #sizes: Promise<Map<string, number>> | undefined;

  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  /** `key` is a SHA-256 in hexadecimal. Rejects as the file system does, but for a file that is not there. */
  async read(key: string): Promise<Uint8Array | undefined> {
    const sizes = await this.#open();
    const size = sizes.get(key);
    if (size === undefined) return undefined;
    sizes.delete(key);
    const path = this.#pathOf(key);
    try {
      const bytes = await readFile(path);
      // What a power cut leaves of a file that was just renamed.
      if (bytes.length === 0) return undefined;
      sizes.set(key, bytes.length);
      const now = new Date();
      await utimes(path, now, now);
      return bytes;
    } catch (error) {
      // Somebody has cleared the directory.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > this.#bytesMax) return;
    const sizes = await this.#open();
    const unfinished = join(this.#path, `${key}.${randomUUID()}.part`);
    try {
      await writeFile(unfinished, bytes, { flag: 'wx', mode: 0o600 });
      await rename(unfinished, this.#pathOf(key));
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    sizes.delete(key);
    sizes.set(key, bytes.length);
    await this.#shrink(sizes);
  }

  #open(): Promise<Map<string, number>> {
    this.#sizes ??= this.#scan().catch((error: unknown) => {
      this.#sizes = undefined;
      throw error;
    });
    return this.#sizes;
  }

  async #scan(): Promise<Map<string, number>> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    const found: { key: string; size: number; usedAt: number }[] = [];
    for (const name of await readdir(this.#path)) {
      // Of a process that was killed while writing.
      if (UNFINISHED.test(name)) await rm(join(this.#path, name), { force: true });
      const key = NAME.exec(name)?.[1];
      if (key === undefined) continue;
      const { size, mtimeMs } = await stat(this.#pathOf(key));
      found.push({ key, size, usedAt: mtimeMs });
    }
    found.sort((a, b) => a.usedAt - b.usedAt);
    const sizes = new Map(found.map(({ key, size }) => [key, size]));
    await this.#shrink(sizes);
    return sizes;
  }

  async #shrink(sizes: Map<string, number>): Promise<void> {
    let total = 0;
    for (const size of sizes.values()) total += size;
    for (const [key, size] of sizes) {
      if (total <= this.#bytesMax) return;
      sizes.delete(key);
      total -= size;
      await rm(this.#pathOf(key), { force: true });
    }
  }

  #pathOf(key: string): string {
    return join(this.#path, `${key}.ulaw`);
  }
}
