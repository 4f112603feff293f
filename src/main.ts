import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { requireNode } from './node-version.js';

requireNode();

// Not imported statically: an older Node does not know all of its names.
const { createRequire, enableCompileCache } = await import('node:module');

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The whole server in one file, where `npm run build` has made it: three thousand modules take far longer to load. */
const bundle = at('./bundle/server.cjs');

if (existsSync(bundle)) {
  // Where it cannot be written, as in a container, what the build left there still counts.
  enableCompileCache(at('./bundle/compiled'));
  createRequire(import.meta.url)(bundle);
} else {
  await import('./server.js');
}
