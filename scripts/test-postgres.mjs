// Runs the suite on newer PostgreSQL servers, one after the other: the major versions that are named first, or every
// one that test/postgres has, then jest's own arguments. A `--outputFile=x.json` becomes `x.16.json` and so on.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { optionalDependencies } = JSON.parse(readFileSync(`${root}test/postgres/package.json`, 'utf8'));
const known = [...new Set(Object.keys(optionalDependencies).map((name) => name.split('-')[1]))].sort();

const rest = process.argv.slice(2);
const named = [];
while (/^\d+$/.test(rest[0] ?? '')) named.push(rest.shift());
const unknown = named.filter((version) => !known.includes(version));
if (unknown.length > 0) {
  process.stderr.write(`No PostgreSQL ${unknown.join(', ')} in test/postgres: it has ${known.join(', ')}\n`);
  process.exit(2);
}

/** Runs a program to its end; true when it went well. */
const ran = (program, args, env = {}) =>
  spawnSync(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;

if (!existsSync(`${root}test/postgres/node_modules`)) {
  if (!ran('npm', ['ci', '--ignore-scripts', '--prefix', 'test/postgres'])) process.exit(1);
}
for (const version of named.length > 0 ? named : known) {
  process.stdout.write(`\n== PostgreSQL ${version}\n`);
  const args = rest.map((argument) => argument.replace(/^(--outputFile=.*)\.json$/, `$1.${version}.json`));
  if (!ran('npm', ['run', '-s', 'test:built', '--', ...args], { TEST_POSTGRES_VERSION: version })) process.exitCode = 1;
}
