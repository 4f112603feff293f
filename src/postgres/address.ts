import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { keepSecret } from '../base/log.js';
import { type Config, ConfigError } from '../config/config.js';

/** Tells the password of the moment; asked for each new connection. */
export type Password = () => Promise<string>;

/**
 * The password out of DATABASE_PASSWORD_FILE, read again for each connection, so that it is rotated without a restart;
 * undefined where there is no such file and URL or PGPASSWORD have it. A file that cannot be read any more leaves the
 * last password in use.
 * @throws ConfigError when the file cannot be read, or is empty, at the start
 */
export function passwordOf({
  DATABASE_PASSWORD_FILE: file,
}: Pick<Config, 'DATABASE_PASSWORD_FILE'>): Password | undefined {
  if (file === '') return undefined;
  let last: string;
  try {
    last = firstLine(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`DATABASE_PASSWORD_FILE cannot be read: ${String((error as NodeJS.ErrnoException).code)}`);
  }
  if (last === '') throw new ConfigError('DATABASE_PASSWORD_FILE has no password on its first line');
  keepSecret(last);
  return async () => {
    const found = await readFile(file, 'utf8').then(firstLine, () => '');
    if (found !== '' && found !== last) keepSecret((last = found));
    return last;
  };
}

/**
 * Where a URL leads, for a client or a pool: host, role, and TLS as its `sslmode`, `sslrootcert`, `sslcert` and
 * `sslkey` say.
 */
export function connectionTo(url: string, password?: Password): pg.ClientConfig {
  const config = parseIntoClientConfig(url);
  return password ? { ...config, password } : config;
}

/**
 * Whether a URL says, by `pgbouncer=true`, that it leads through a pooler which lends a session of the server for one
 * transaction only. It refuses start-up options and knows no prepared statements; settings are the role's then.
 */
export function isPooled(url: string): boolean {
  return new URL(url).searchParams.get('pgbouncer') === 'true';
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0]!;
}
