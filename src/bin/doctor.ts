import { parseArgs } from 'node:util';
import pg from 'pg';
import { ConfigError, replicaUrls } from '../config/config.js';
import { readEnvironment } from '../operations/process/environment.js';
import { connectionTo, type Passwords, passwordsOf } from '../postgres/address.js';
import { sessionOptions } from '../postgres/client.js';
import { compareServers, connectionFailed } from '../operations/doctor/connection.js';
import { readFacts } from '../operations/doctor/facts.js';
import { instancesOf } from '../operations/doctor/instances.js';
import { judge, judgeInstances } from '../operations/doctor/judge.js';
import { printed } from '../operations/doctor/print.js';
import { type Diagnosis, exitCode } from '../operations/doctor/report.js';

/** Shown by `tetra doctor --help`. */
export const DOCTOR_HELP = `Which PostgreSQL is this, and is it as the API needs it?

  tetra doctor [--json] [URL ...]

  URL      postgres://user:password@host:port/database; several are compared. Default: DATABASE_URL
  --json   one JSON document instead of text

It only reads, for seconds at most, and prints no password. Exit code: 0 all is well, 1 warnings, 2 the API cannot
serve from it.
`;

/** Runs the doctor; answers the exit code. */
export async function doctor(args: string[], print: (text: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    print(DOCTOR_HELP);
    return 0;
  }
  const { urls, passwords } = positionals.length > 0 ? { urls: positionals, passwords: undefined } : configured();
  for (const url of urls) {
    if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
      throw new ConfigError('not a postgres:// URL (its value is not shown here)');
  }
  const diagnoses = await Promise.all(urls.map((url) => diagnose(url, passwords)));
  const general = compareServers(diagnoses);
  const code = exitCode([...diagnoses.flatMap(({ findings }) => findings), ...general]);
  if (values.json) print(`${JSON.stringify({ code, diagnoses, findings: general }, null, 2)}\n`);
  else print(printed(diagnoses, general));
  return code;
}

/** What the API would connect to: the database and its standbys. */
function configured(): { urls: string[]; passwords: Passwords | undefined } {
  const config = readEnvironment(process.env);
  const { DATABASE_URL } = config;
  if (!DATABASE_URL) throw new ConfigError('DATABASE_URL is not set; without it the API serves its own sample data');
  return { urls: [DATABASE_URL, ...replicaUrls(config)], passwords: passwordsOf(config) };
}

async function diagnose(url: string, passwords: Passwords | undefined): Promise<Diagnosis> {
  const { host, pathname, username } = new URL(url);
  const target = `${username && `${decodeURIComponent(username)}@`}${host}${pathname}`;
  let config: pg.ClientConfig;
  try {
    config = connectionTo(url, passwords);
  } catch (error) {
    return { target, facts: null, instances: [], findings: [connectionFailed(target, false, error)] };
  }
  const client = new pg.Client({
    ...config,
    application_name: 'tetra-doctor',
    options: sessionOptions({ lock: 1000, statement: 10_000 }, url),
    connectionTimeoutMillis: 5_000,
    query_timeout: 12_000,
  });
  client.on('error', () => undefined);
  const instances = await instancesOf(url, typeof config.password === 'function' ? await config.password() : undefined);
  let connected = false;
  try {
    await client.connect();
    connected = true;
    const facts = await readFacts(client);
    return { target, facts, instances, findings: [...judge(facts, Date.now()), ...judgeInstances(instances)] };
  } catch (error) {
    return {
      target,
      facts: null,
      instances,
      findings: [connectionFailed(target, connected, error), ...judgeInstances(instances)],
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}
