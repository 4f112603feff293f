import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { ApiError } from '../base/errors.js';
import { throttled } from '../base/log.js';

/** What a session must have that gets no start-up options, and how the role gets it. */
const NEEDED: readonly { name: string; value: string; holds: (setting: string) => boolean }[] = [
  { name: 'TimeZone', value: `'UTC'`, holds: (setting) => /^(Etc\/)?(UTC|UCT|Zulu|Universal)$/i.test(setting) },
  { name: 'DateStyle', value: `'ISO'`, holds: (setting) => setting.startsWith('ISO') },
  { name: 'default_transaction_read_only', value: 'on', holds: (setting) => setting === 'on' },
  { name: 'statement_timeout', value: `'5s'`, holds: (setting) => setting !== '0' },
  { name: 'lock_timeout', value: `'1s'`, holds: (setting) => setting !== '0' },
  // Not there without TimescaleDB.
  { name: 'timescaledb.enable_skipscan', value: 'off', holds: (setting) => setting === 'off' },
];

const SETTINGS = `select name, setting, current_user as role from pg_settings where lower(name) = any($1)`;

const say = throttled((line) => new Logger('Database').error(line));

/**
 * Checks the settings of a session that a pooler lends: they are the role's, and without them answers would be wrong or
 * statements without a limit. Says in the log what the role lacks.
 * @param done  gets the error that refuses the connection, or nothing
 */
export function verifySettings(client: pg.ClientBase, done: (error?: Error) => void): void {
  check(client).then(() => done(), done);
}

async function check(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string; role: string }>(SETTINGS, [
    NEEDED.map(({ name }) => name.toLowerCase()),
  ]);
  const missing = rows.flatMap(({ name, setting, role }) => {
    const needed = NEEDED.find((each) => each.name.toLowerCase() === name.toLowerCase())!;
    return needed.holds(setting) ? [] : [`ALTER ROLE ${role} SET ${needed.name} = ${needed.value}`];
  });
  if (missing.length === 0) return;
  for (const statement of missing)
    say(`behind the pooler a setting is missing: ${statement}; then reconnect the pooler`);
  throw new ApiError('database_unavailable', 'The database is not set up for this server.');
}
