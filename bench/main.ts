import { Build } from './build.ts';
import { compare } from './compare.ts';
import { openDatabase } from './database.ts';
import { growthDatabases, measureGrowth } from './growth.ts';
import { listenersDatabases, listenersReport, measureListeners } from './listeners.ts';
import { marketDatabases, measureMarket } from './market.ts';
import { marketReport } from './market-report.ts';
import { type Options, readOptions } from './options.ts';
import { OwnDatabases } from './own-databases.ts';
import { plansReport } from './plans.ts';
import { ReplicaRun } from './replicas.ts';
import { measureTape, tapeDatabases, tapeReport } from './tape.ts';
import { commitOf, compareReport, growthReport, keepReport, replicasReport } from './report.ts';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const log = (line: string): boolean => process.stderr.write(`${line}\n`);

/** What is to be undone when the run ends early. */
let undo: () => Promise<void> = async () => undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void undo().finally(() => process.exit(1)));
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options) await run(options);
} catch (error) {
  log(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await undo().catch((error: unknown) => log(`bench: ${String(error)}`));
}
// Nothing is left that is worth waiting for.
process.exit();

async function run(options: Options): Promise<void> {
  const build = new Build(options.dist);
  const commit = commitOf(build.project);
  const report = await { compare: comparison, growth, market, tape, replicas, listeners, plans: plansReport }[
    options.mode
  ](options, build, commit);
  say(report);
  if (options.quick) log('A quick run is not kept: bench/RESULTS.md is as it was.');
  else keepReport(report);
}

async function growth(options: Options, build: Build, commit: string): Promise<string> {
  const databases = new OwnDatabases(growthDatabases(options), options, build, log);
  undo = () => databases.close();
  const measured = await measureGrowth(databases, options, build, log);
  return growthReport(measured.growth, measured.engine, options, commit);
}

async function market(options: Options, build: Build, commit: string): Promise<string> {
  const databases = new OwnDatabases(marketDatabases(), options, build, log);
  undo = () => databases.close();
  return marketReport(await measureMarket(databases, options, build, log), options, commit);
}

async function tape(options: Options, build: Build, commit: string): Promise<string> {
  const databases = new OwnDatabases(tapeDatabases(options), options, build, log);
  undo = () => databases.close();
  return tapeReport(await measureTape(databases, options, build, log), options, commit);
}

async function listeners(options: Options, build: Build, commit: string): Promise<string> {
  const databases = new OwnDatabases(listenersDatabases(), options, build, log);
  undo = () => databases.close();
  return listenersReport(await measureListeners(databases, options, build, log), options, commit);
}

async function replicas(options: Options, build: Build, commit: string): Promise<string> {
  const { database, close } = await openDatabase(options, build, log);
  const run = new ReplicaRun(options, build, database.readerUrl, log);
  undo = () => run.close().finally(close);
  return replicasReport(await run.measure(), database.engine, options, commit);
}

async function comparison(options: Options, build: Build, commit: string): Promise<string> {
  const { database, close } = await openDatabase(options, build, log);
  undo = close;
  const { engine } = database;
  log(
    engine.timescaledb
      ? `TimescaleDB ${engine.timescaledb}, ${engine.compressedChunks} compressed chunks`
      : `PostgreSQL ${engine.postgres}${engine.embedded ? ', embedded' : ''}, without TimescaleDB: no chunks here`,
  );
  return compareReport(await compare(options, build, database, log), engine, options, commit);
}
