/**
 * `pnpm bundle`: the relay as a release has it, a few files of JavaScript in `relay/dist`, which need nothing but Node. They start
 * faster and take less memory than the sources, because nothing is stripped of its types at the start.
 */

import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const FOLDER = fileURLToPath(new URL('dist', import.meta.url));

await rm(FOLDER, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: {
    'patchcord-relay': fileURLToPath(new URL('src/main.ts', import.meta.url)),
    'decode-worker': fileURLToPath(new URL('src/io/audio/decode-worker.ts', import.meta.url)),
  },
  outdir: FOLDER,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // The program is a chunk of its own: what Node compiled of it is kept between starts (main.ts).
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  metafile: true,
  legalComments: 'eof',
  // pino and prom-client are CommonJS and ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
});
for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  process.stdout.write(`${file} ${Math.round(bytes / 1024)} KiB\n`);
}
