import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { keepSecret } from '../base/log.js';
import { type Config, ConfigError } from '../config/config.js';

/**
 * Tells the passwords of the moment, the one to try first at the front; asked for each new connection. There are two
 * while one takes the place of the other.
 */
export type Passwords = () => Promise<readonly [first: string, second?: string]>;

/** How long the server may take to say whether it takes a password, in milliseconds. */
const LOGIN_MS = 1000;
const WRONG_PASSWORD = '28P01';

/** Whether the server has refused the password. */
export function isWrongPassword(error: unknown): boolean {
  return (error as { code?: string }).code === WRONG_PASSWORD;
}

/**
 * The passwords in DATABASE_PASSWORD_FILE, one on each of its first two lines, read again for each connection, so that
 * they are rotated without a restart; undefined where there is no such file and URL or PGPASSWORD have it. A file that
 * cannot be read any more leaves the last passwords in use.
 * @throws ConfigError when the file cannot be read, or is empty, at the start
 */
export function passwordsOf({
  DATABASE_PASSWORD_FILE: file,
}: Pick<Config, 'DATABASE_PASSWORD_FILE'>): Passwords | undefined {
  if (file === '') return undefined;
  let last: readonly [string, string?];
  try {
    last = firstLines(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`DATABASE_PASSWORD_FILE cannot be read: ${String((error as NodeJS.ErrnoException).code)}`);
  }
  if (last[0] === '') throw new ConfigError('DATABASE_PASSWORD_FILE has no password on its first line');
  last.forEach(keepSecret);
  return async () => {
    const found = await readFile(file, 'utf8').then(firstLines, () => last);
    if (found[0] === '') return last;
    last = found;
    last.forEach(keepSecret);
    return last;
  };
}

/**
 * Where a URL leads, for a client or a pool: host, role, and TLS as its `sslmode`, `sslrootcert`, `sslcert` and
 * `sslkey` say.
 */
export function connectionTo(url: string, passwords?: Passwords): pg.ClientConfig {
  const config = parseIntoClientConfig(url);
  return passwords ? { ...config, password: () => accepted(config, passwords) } : config;
}

/** The password that the server takes. Where there are two it is asked: by logging in with the first. */
async function accepted(config: pg.ClientConfig, passwords: Passwords): Promise<string> {
  const [first, second] = await passwords();
  if (second === undefined) return first;
  const client = new pg.Client({ ...config, password: first, connectionTimeoutMillis: LOGIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return first;
  } catch (error) {
    return isWrongPassword(error) ? second : first;
  } finally {
    client.end().catch(() => undefined);
  }
}

/**
 * Whether a URL says, by `pgbouncer=true`, that it leads through a pooler which lends a session of the server for one
 * transaction only. It refuses start-up options and knows no prepared statements; settings are the role's then.
 */
export function isPooled(url: string): boolean {
  return new URL(url).searchParams.get('pgbouncer') === 'true';
}

function firstLines(text: string): [string, string?] {
  const [first, second] = text.split(/\r?\n/, 2);
  return second ? [first!, second] : [first!];
}
