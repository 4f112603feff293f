// `npm run dev`: the server, started again after each change of a source. The database runs on meanwhile, the process
// for the next change waits with the packages loaded, and types are checked beside it, when nothing else wants the
// processor.
import { watch } from 'chokidar';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { relative } from 'node:path';
import { bundleWorker } from './bundling.mjs';
import { at, bundle, compile } from './dev-bundle.mjs';

/** Saving many files, or one in two steps, is one change. In milliseconds. */
const SETTLED_AFTER_MS = 30;
/** By then the server has started, and has no use for the processor that loads packages for the next. */
const STAND_BY_AFTER_MS = 2_000;

let server;
let standby;
let database;
let types;
let ending = false;
const changed = new Set();

const runs = (child) => child !== undefined && child.exitCode === null && child.signalCode === null;
const say = (line) => process.stdout.write(`${line}\n`);
/** The compiler adds a trace of its own. */
const tell = (error) =>
  process.stderr.write(`${(error.message ?? String(error)).split('\n\nCaused by:', 1)[0].trim()}\n`);

async function stop(child, how) {
  if (!runs(child)) return;
  const gone = once(child, 'exit');
  how(child);
  await gone;
}

const stopServer = () => stop(server, (child) => child.kill('SIGTERM'));
const stopDatabase = () => stop(database?.process, (child) => child.connected && child.disconnect());

function standBy() {
  if (!ending && !runs(standby)) standby = fork(at('scripts/dev-server.mjs'), { cwd: at('') });
}

/** What the server finds in its environment to reach its database; null when that does not start. */
async function environment() {
  if (!runs(database?.process)) {
    const child = fork(at('scripts/dev-database.mjs'), { cwd: at('') });
    const told = Promise.race([once(child, 'message').then(([env]) => env), once(child, 'exit').then(() => null)]);
    database = { process: child, told };
  }
  return database.told;
}

async function start() {
  standBy();
  const env = await environment();
  if (env === null || ending) return;
  const child = standby;
  if (!runs(child)) return;
  [server, standby] = [child, undefined];
  child.send(env);
  child.once('exit', (code, signal) => {
    if (!ending && server === child && !child.killed) say(`The server ended (${signal ?? code}); waiting for a change`);
  });
  setTimeout(standBy, STAND_BY_AFTER_MS).unref();
}

/** What does not compile leaves the server as it is. */
async function apply(paths) {
  const sources = paths.filter((path) => /^src\/.*(?<!\.spec|\.d)\.ts$/.test(path));
  await Promise.all(sources.map(compile));
  if (sources.some((path) => path.startsWith('src/lists/columnar/'))) await bundleWorker();
  if ((await bundle()) && runs(standby)) await stop(standby, (child) => child.kill('SIGKILL'));
  standBy();
  await stopServer();
  if (paths.some((path) => /^(db|src\/setup)\/|^\.env$/.test(path))) await stopDatabase();
  if (!ending) await start();
}

/** One change after the other; what is saved meanwhile is the next. */
let turn = Promise.resolve();
let settled;
function note(path) {
  changed.add(relative(at(''), path));
  clearTimeout(settled);
  settled = setTimeout(() => {
    turn = turn.then(async () => {
      const paths = [...changed];
      changed.clear();
      if (paths.length === 0 || ending) return;
      say(`Changed: ${paths.join(', ')}`);
      // What did not compile is tried again with the next change.
      await apply(paths).catch((error) => {
        for (const path of paths) changed.add(path);
        tell(error);
      });
    });
  }, SETTLED_AFTER_MS);
}

function checkTypes() {
  const args = ['-p', at(''), '--watch', '--noEmit', '--pretty', '--preserveWatchOutput'];
  types = spawn(process.execPath, [at('node_modules/typescript/bin/tsc'), ...args], {
    cwd: at(''),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  setPriority(types.pid, constants.priority.PRIORITY_BELOW_NORMAL);
}

async function end() {
  if (ending) return;
  ending = true;
  if (runs(standby)) standby.kill('SIGKILL');
  if (runs(types)) types.kill('SIGKILL');
  await stopServer();
  await stopDatabase();
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
await bundle();
await start();
watch(['src', 'db', '.env'].map(at), { ignoreInitial: true }).on('all', (event, path) => {
  if (!event.endsWith('Dir')) note(path);
});
checkTypes();
