// The server as `npm run dev` starts it: our modules as they were compiled, and the packages out of one file.
import cluster from 'node:cluster';
import Module, { createRequire } from 'node:module';

const require = createRequire(new URL('../.dev/', import.meta.url));
const load = Module._load;
const packages = require('./cache/packages.cjs');
Module._load = (name, ...rest) => (Object.hasOwn(packages, name) ? packages[name]() : load(name, ...rest));

// A worker tells the process that shares its port with it, and that one tells scripts/dev.mjs.
cluster.on('message', (_worker, message) => process.send(message));
require('./server.js');
