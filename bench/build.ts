import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder of the benchmark. */
export const benchFolder = fileURLToPath(new URL('.', import.meta.url));

/** A build of the product: what is measured, and its own set-up and embedded server. */
export class Build {
  readonly #dist: string;

  /** @param dist  its folder; the project's own when absent */
  constructor(dist?: string) {
    this.#dist = dist === undefined ? join(benchFolder, '..', 'dist') : resolve(dist);
    if (!existsSync(this.main)) throw new Error(`There is no build in ${this.#dist}`);
  }

  /** The script that starts the server. */
  get main(): string {
    return join(this.#dist, 'main.js');
  }

  /** The flags that `npm start` gives to Node. */
  get flags(): string[] {
    return this.#start.filter((word) => word.startsWith('--'));
  }

  /** The environment that `npm start` gives to Node, where nobody else does. */
  get env(): Record<string, string> {
    const usual = this.#start.flatMap((word) => [...word.matchAll(/^(\w+)=\$\{\1:-(.*)\}$/g)]);
    return Object.fromEntries(usual.map(([, name, value]) => [name!, process.env[name!] ?? value!]));
  }

  get #start(): string[] {
    const { scripts } = JSON.parse(readFileSync(join(this.project, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    return scripts.start.split(' ');
  }

  /** The folder of the project that was built. */
  get project(): string {
    return dirname(this.#dist);
  }

  /** The set-up of a database. */
  setup(): Promise<typeof import('../src/setup/apply.js')> {
    return this.#load('setup/apply.js') as Promise<typeof import('../src/setup/apply.js')>;
  }

  /** The embedded PostgreSQL. */
  embedded(): Promise<typeof import('../src/setup/embedded/postgres.js')> {
    return this.#load('embedded/postgres.js') as Promise<typeof import('../src/setup/embedded/postgres.js')>;
  }

  /** Every statement that it can send, by the name of its snapshot. */
  async statements(): Promise<[name: string, query: { sql: string; parameters: readonly unknown[] }][]> {
    const { statements } = (await this.#load('bin/statements.js')) as typeof import('../src/bin/statements.js');
    return statements();
  }

  #load(path: string): Promise<unknown> {
    return import(pathToFileURL(join(this.#dist, path)).href);
  }
}
