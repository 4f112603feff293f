// The server of `npm run dev`. It is started ahead of the change that it is for: it loads the packages, which no change
// touches, and waits for word that our own modules are there.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire, enableCompileCache } from 'node:module';
import { at, ENVIRONMENT_FILE, OURS, PACKAGES } from './dev-bundle.mjs';

enableCompileCache(at('dist/compiled'));
const require = createRequire(OURS);
const { packages, first } = require(PACKAGES);
for (const name of first) packages[name]();
globalThis.requirePackage = (own) => (name) => (Object.hasOwn(packages, name) ? packages[name]() : own(name));
process.setSourceMapsEnabled(true);

// The workers have it from the process that shares its port with them.
if (cluster.isPrimary) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  const [env] = await once(process, 'message');
  Object.assign(process.env, env);
  if (existsSync(ENVIRONMENT_FILE)) process.loadEnvFile(ENVIRONMENT_FILE);
}
require(OURS);
