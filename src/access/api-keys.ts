import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../config/config.js';

interface ApiKey {
  readonly name: string;
  readonly digest: Buffer;
}

/** How often the file is looked at, in milliseconds. */
const LOOK_EVERY = 1000;
const LINE = /^([\w.-]{1,64}):([0-9a-f]{64})$/i;

/**
 * The keys that may call: `name:sha256` lines of a file, read again when it changes. Keys are long and random, so a plain
 * SHA-256 keeps them as safe as a slow hash would. A file that cannot be read any more leaves the last keys in force.
 */
export class ApiKeys {
  #keys: readonly ApiKey[];
  #version: string;

  /**
   * @param file  where the keys are
   * @param warn  told what is wrong with a changed file; never what it holds
   * @throws ConfigError when the file cannot be read or has a line that is no key
   */
  constructor(
    private readonly file: string,
    private readonly warn: (line: string) => void,
  ) {
    try {
      this.#version = versionOf(file);
      this.#keys = read(file);
    } catch (error) {
      throw new ConfigError(`API_KEYS_FILE ${reasonOf(error)}`);
    }
    setInterval(() => this.#look(), LOOK_EVERY).unref();
  }

  /** Name of the key that was presented; null when there is none such. Takes equally long for every key. */
  find(presented: string): string | null {
    const digest = createHash('sha256').update(presented).digest();
    let found: string | null = null;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, digest)) found = key.name;
    return found;
  }

  #look(): void {
    try {
      const version = versionOf(this.file);
      if (version === this.#version) return;
      this.#version = version;
      this.#keys = read(this.file);
    } catch (error) {
      this.warn(`API_KEYS_FILE ${reasonOf(error)}; the keys read before stay in force`);
    }
  }
}

function versionOf(file: string): string {
  const { mtimeMs, size, ino } = statSync(file);
  return `${mtimeMs} ${size} ${ino}`;
}

function read(file: string): ApiKey[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, i) => {
      const line = text.trim();
      if (line === '' || line.startsWith('#')) return [];
      const [, name, digest] = LINE.exec(line) ?? [];
      if (!name || !digest) throw new ConfigError(`line ${i + 1} is not name:sha256`);
      return [{ name, digest: Buffer.from(digest, 'hex') }];
    });
}

function reasonOf(error: unknown): string {
  return error instanceof ConfigError ? error.message : `cannot be read: ${(error as NodeJS.ErrnoException).code}`;
}
