import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A change of a built file: what is written there in place of what. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Another version of the server: a copy of the build with some changes. */
export class OtherBuild {
  private constructor(private readonly directory: string) {}

  /** @throws Error where the build does not have what is to be changed */
  static make(changes: readonly Change[]): OtherBuild {
    const directory = mkdtempSync(join(tmpdir(), 'tetra-build-'));
    // Without the bundle, so that the changed files are those that run.
    cpSync(join(ROOT, 'dist'), join(directory, 'dist'), {
      recursive: true,
      filter: (source) => !source.startsWith(join(ROOT, 'dist/bundle')),
    });
    for (const name of ['node_modules', 'db', 'package.json', 'schema.gql', 'openapi.json']) {
      symlinkSync(join(ROOT, name), join(directory, name));
    }
    for (const { file, from, to } of changes) {
      const path = join(directory, 'dist', file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
      writeFileSync(path, text.replaceAll(from, to));
    }
    return new OtherBuild(directory);
  }

  /** What starts it. */
  get main(): string {
    return join(this.directory, 'dist/main.js');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
