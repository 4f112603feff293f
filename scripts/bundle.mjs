// Puts the built server and all that it imports into dist/bundle/server.cjs, then starts it once, so that what V8
// compiled on the way lies beside it. `dist/main.js` runs that file; everything else in dist is as it was.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { READING, WRITING } from './bundling.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The program of the thread that makes files of columns, which is loaded when one is asked for. */
async function bundleWorker() {
  const build = await rolldown({ input: at('dist/lists/columnar/columnar-worker.js'), platform: 'node' });
  const { output } = await build.generate({ format: 'esm', comments: false });
  await build.close();
  for (const { code } of output) writeFileSync(at('dist/bundle/columnar-worker.js'), code);
}

/** Writes the bundle. */
async function bundle() {
  const build = await rolldown({ ...READING, input: { server: at('dist/server.js') } });
  const { output } = await build.generate({
    ...WRITING,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  });
  await build.close();
  rmSync(at('dist/bundle'), { recursive: true, force: true });
  mkdirSync(at('dist/bundle'));
  // V8 keeps the text, at two bytes a character when a single one is not Latin.
  const escaped = (text) => text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  for (const { fileName, code } of output) writeFileSync(at(`dist/bundle/${fileName}`), escaped(code));
}

/** Starts the bundle with the flags of `npm start` and no database, and ends it when it listens. */
async function start() {
  const { scripts } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const flags = scripts.start.split(' ').filter((word) => /^--(?!env-file)/.test(word));
  const server = spawn(process.execPath, [...flags, at('dist/main.js')], {
    env: {
      PORT: '0',
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      LOG_FORMAT: 'json',
      SHUTDOWN_DRAIN_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let words = '';
  server.stdout.on('data', (chunk) => {
    words += chunk;
    if (words.includes('Tetra Query API on')) server.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => server.once('exit', resolve));
  if (code !== 0) throw new Error(`The bundle does not start and end: ${words}`);
}

await bundle();
await bundleWorker();
await start();
