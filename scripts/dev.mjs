// `npm run dev`: the server, started again after each change. The built-in PostgreSQL runs on meanwhile, the process
// for the next change waits with the packages loaded, and types are checked beside it. Whatever this starts ends with
// it, even when it is killed: PostgreSQL by the pipe that it holds, Node's processes by their channel to it.
import { watch } from 'chokidar';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { bundlePackages, CACHE, compile, COMPILED, compileAll, isSource } from './dev-compile.mjs';

/** Saving many files, or one in two steps, is one change. In milliseconds. */
const SETTLED_AFTER_MS = 30;
/** A server that waits for more requests, as on the connections of a browser, is killed after this. In milliseconds. */
const STOP_WITHIN_MS = 300;
/** How often the new server is asked whether it is ready, and for how long. In milliseconds. */
const ASK_EVERY_MS = 25;
const READY_WITHIN_MS = 30_000;

const ENDS_WITH_US = `data:text/javascript,process.once('disconnect',()=>process.kill(process.pid,'SIGTERM'))`;
const require = createRequire(join(COMPILED, 'dev.js'));

let server;
let standby;
let types;
let database;
let databaseIsOld = false;
let broken = [];
let ending = false;
const changed = new Set();

const say = (line) => void process.stdout.write(`[dev] ${line}\n`);
const runs = (child) => child !== undefined && child.exitCode === null && child.signalCode === null;

/** As `npm start` would find it, but for who waits for the old server to end. */
function environment() {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return { ...file, SHUTDOWN_DRAIN_MS: '0', ...process.env, NODE_COMPILE_CACHE: join(CACHE, 'compiled') };
}

/** One of our modules as it is now. */
function fresh(module) {
  for (const path of Object.keys(require.cache)) if (path.startsWith(COMPILED)) delete require.cache[path];
  return require(module);
}

async function stopServer() {
  if (!runs(server)) return;
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  const patience = setTimeout(() => server.kill('SIGKILL'), STOP_WITHIN_MS);
  await gone;
  clearTimeout(patience);
}

async function stopDatabase() {
  databaseIsOld = false;
  const { stop } = database ?? {};
  database = undefined;
  await stop?.();
}

/** Sees to it that the built-in PostgreSQL runs where it is wanted; answers what the server needs to reach it. */
async function openDatabase({ DATABASE_URL, TETRA_DATA_DIR: dataDir }) {
  if (databaseIsOld || DATABASE_URL || database?.dataDir !== dataDir) await stopDatabase();
  if (DATABASE_URL || ending) return {};
  if (!database) {
    const { openEmbeddedTetra } = fresh('./setup/embedded/tetra.js');
    const onLost = ({ message }) => {
      database = undefined;
      say(`The built-in PostgreSQL ended and does not start again: ${message}`);
    };
    database = { dataDir, ...(await openEmbeddedTetra({ dataDir, log: say, onLost })) };
  }
  return { DATABASE_URL: database.readerUrl, TETRA_SAMPLE: 'true' };
}

function standBy() {
  const execArgv = ['--import', ENDS_WITH_US];
  if (!runs(standby)) standby = fork('scripts/dev-server.mjs', { env: environment(), execArgv });
}

/** What waits has another environment, or other packages. */
function dismiss() {
  standby?.kill('SIGKILL');
  standby = undefined;
}

function startServer(env, since) {
  standBy();
  const child = standby;
  standby = undefined;
  server = child;
  // One that cannot be told has ended, which it says itself.
  child.send(env, () => undefined);
  child.once('message', ({ listening }) => void tellWhenReady(child, listening, since));
  child.once('exit', (code, signal) => {
    if (server === child && !child.killed && !ending) say(`The server ended (${signal ?? code}): waiting for a change`);
  });
}

async function tellWhenReady(child, url, since) {
  const passed = () => performance.now() - since;
  while (server === child && runs(child) && passed() < READY_WITHIN_MS) {
    const answer = await fetch(`${url}/health/ready`, { headers: { connection: 'close' } }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) {
      say(`Ready after ${(passed() / 1000).toFixed(2)} s`);
      return ending || standBy();
    }
    await sleep(ASK_EVERY_MS);
  }
}

/** Starts what the sources make now. What is wrong with them, or with the configuration, leaves the server as it is. */
async function restart(failures, since) {
  broken = failures.map(({ source }) => source);
  for (const { source, error } of failures) say(`${source} does not compile: ${error}`);
  if (failures.length > 0) return;
  if (await bundlePackages()) dismiss();
  const config = fresh('./operations/process/environment.js').readEnvironment(environment());
  await stopServer();
  const env = await openDatabase(config);
  if (!ending) startServer(env, since);
}

async function apply(paths, since) {
  say(`Changed: ${paths.join(', ')}`);
  if (paths.some((path) => path.startsWith('web/'))) {
    say('The page stays as it was built: `npm run dev:web` serves it from its sources');
  }
  if (paths.every((path) => path.startsWith('web/'))) return;
  const sources = new Set([...broken, ...paths.filter(isSource)]);
  if (paths.includes('.env')) dismiss();
  databaseIsOld ||= paths.some((path) => /^(db|src\/setup)\//.test(path));
  await restart(await compile([...sources]), since);
}

/** One change after the other; what is saved meanwhile is the next. */
let turn = Promise.resolve();
function note(path) {
  if (!isSource(path) && !/^(db\/.*\.sql|web\/.*|\.env|package-lock\.json)$/.test(path)) return;
  if (changed.size === 0) {
    const since = performance.now();
    turn = turn
      .then(() => sleep(SETTLED_AFTER_MS))
      .then(async () => {
        const paths = [...changed];
        changed.clear();
        if (!ending) await apply(paths, since).catch(tell);
      });
  }
  changed.add(path);
}

function tell(error) {
  say(`${error.message}\nWaiting for a change`);
}

function checkTypes() {
  const args = ['--watch', '--noEmit', '--pretty', '--preserveWatchOutput'];
  const state = ['--tsBuildInfoFile', join(CACHE, 'types.tsbuildinfo')];
  types = fork('node_modules/typescript/bin/tsc', [...args, ...state], { execArgv: ['--import', ENDS_WITH_US] });
  setPriority(types.pid, constants.priority.PRIORITY_BELOW_NORMAL);
}

async function end() {
  if (ending) return;
  ending = true;
  // In the middle of a check it would not hear anything else.
  types?.kill('SIGKILL');
  dismiss();
  await stopServer();
  await stopDatabase();
  process.exit(0);
}

process.chdir(fileURLToPath(new URL('../', import.meta.url)));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
// npm may have been killed.
const npm = process.ppid;
setInterval(() => process.ppid === npm || void end(), 1_000).unref();
watch(['src', 'db', 'web', '.env', 'package-lock.json'], { ignoreInitial: true }).on('all', (event, path) => {
  if (!event.endsWith('Dir')) note(path);
});
turn = turn.then(async () => restart(await compileAll(), 0)).catch(tell);
await turn;
if (!ending) checkTypes();
