import { existsSync } from 'node:fs';
import { type Binaries, binaries, serverAccount } from '../../src/setup/embedded/binaries.js';

/** The programs of a newer PostgreSQL by its major version, out of test/postgres; null where they are not installed. */
export async function programsOf(version: string): Promise<Binaries | null> {
  const name = `postgres-${version}-${process.platform}-${process.arch}`;
  const at = new URL(`../postgres/node_modules/${name}/dist/index.js`, import.meta.url);
  if (!existsSync(at)) return null;
  return binaries(serverAccount(), (line) => process.stderr.write(`${line}\n`), at.href);
}
