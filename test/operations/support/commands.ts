import { fileURLToPath } from 'node:url';
import { type Outcome, run } from './tools.js';

const at = (name: string): string => fileURLToPath(new URL(`../../../dist/bin/${name}`, import.meta.url));

/** Runs `tetra` as an operator does, with the database as DATABASE_ADMIN_URL. */
export function tetra(adminUrl: string, ...args: string[]): Promise<Outcome> {
  return run(process.execPath, [at('tetra.js'), ...args], { DATABASE_ADMIN_URL: adminUrl });
}

/** Runs `db:setup`. */
export function setup(adminUrl: string, ...args: string[]): Promise<Outcome> {
  return run(process.execPath, [at('db-setup.js'), ...args], { DATABASE_ADMIN_URL: adminUrl });
}
