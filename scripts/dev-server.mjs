// The server as `npm run dev` starts it: our modules as they were compiled, and the packages out of one file. It is
// started ahead of the change that it is for, loads the packages, and waits for word that our modules are there.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import Module, { createRequire, SourceMap } from 'node:module';

const require = createRequire(new URL('../.dev/', import.meta.url));
const load = Module._load;
const packages = require('./cache/packages.cjs');
Module._load = (name, ...rest) => (Object.hasOwn(packages, name) ? packages[name]() : load(name, ...rest));

/** Where a place is in the sources. Node's own way reads all maps at the start, which takes a fifth of a second. */
function inSource(place, file, line, column) {
  try {
    const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
    const { fileName, lineNumber, columnNumber } = map.findOrigin(Number(line), Number(column));
    return fileName ? `${fileName}:${lineNumber}:${columnNumber}` : place;
  } catch {
    return place;
  }
}
Error.prepareStackTrace = (error, sites) =>
  [String(error), ...sites.map((site) => `    at ${site}`)]
    .join('\n')
    .replace(/(\/[^()\n]*\/\.dev\/[^()\n:]+\.js):(\d+):(\d+)/g, inSource);

// A worker has its environment from the process that shares its port with it, and tells it what that tells on.
if (cluster.isPrimary) {
  require('reflect-metadata');
  for (const name of Object.keys(packages)) packages[name]();
  const [env] = await once(process, 'message');
  Object.assign(process.env, env);
}
cluster.on('message', (_worker, message) => process.send(message));
require('./server.js');
