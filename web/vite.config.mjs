// Builds the page into dist/web. Every address in it is relative, so that it works below a proxy's prefix.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Writes each asset compressed beside itself: once and well, in place of each time and in haste. */
function compressed() {
  const folder = at('../dist/web/assets');
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(folder).filter((file) => /\.(js|css|svg)$/.test(file))) {
        const text = readFileSync(join(folder, name));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text, { params }));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}

/** Where the API runs while the page is worked on: `npm run dev:web`. */
const API = 'http://127.0.0.1:3000';

export default defineConfig({
  root: at('.'),
  base: './',
  logLevel: 'warn',
  plugins: [compressed()],
  server: { proxy: Object.fromEntries(['/graphql', '/v1', '/docs', '/graphiql'].map((path) => [path, API])) },
  build: {
    outDir: at('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
