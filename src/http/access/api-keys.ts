import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../../config/config.js';

interface ApiKey {
  readonly name: string;
  readonly digest: Buffer;
}

/** How often the file is looked at, in milliseconds. */
const CHECK_INTERVAL_MS = 1000;
/** How long the last keys outlive their file, in milliseconds. */
const MISSING_FILE_GRACE_MS = 60_000;
/** What an empty key hashes to: a line of it would let everybody in. */
const NOTHING = createHash('sha256').digest('hex');
const LINE = /^([\w.-]{1,64}):([0-9a-f]{64})$/i;

/**
 * The keys that may call: `name:sha256` lines of a file, read again when it changes. Keys are long and random, so a
 * plain SHA-256 keeps them as safe as a slow hash would. A file that cannot be read any more leaves the last keys in
 * force for {@link MISSING_FILE_GRACE_MS}, since it may just be being replaced. After that nobody is let in until it is
 * good again: a key that was taken out must not live on.
 */
export class ApiKeys {
  #keys: readonly ApiKey[];
  #version: string;
  readonly #timer: NodeJS.Timeout;
  /** Since when the file is not good, by performance.now(); null while it is. */
  #brokenSince: number | null = null;

  /**
   * @param file  where the keys are
   * @param warn  told what is wrong with a changed file; never what it holds
   * @param grace  how long the last keys outlive their file, in milliseconds
   * @throws ConfigError when the file cannot be read or has a line that is no key
   */
  constructor(
    private readonly file: string,
    private readonly warn: (line: string) => void,
    private readonly grace = MISSING_FILE_GRACE_MS,
  ) {
    try {
      this.#version = versionOf(file);
      this.#keys = read(file);
    } catch (error) {
      throw new ConfigError(`API_KEYS_FILE ${reasonOf(error)}`);
    }
    this.#timer = setInterval(() => this.#look(), CHECK_INTERVAL_MS).unref();
  }

  /** Whether the file is as it should be; metrics tell. */
  get good(): boolean {
    return this.#brokenSince === null;
  }

  /** Name of the key that was presented; null when there is none such. Takes equally long for every key. */
  find(presented: string): string | null {
    const digest = createHash('sha256').update(presented).digest();
    let found: string | null = null;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, digest)) found = key.name;
    return found;
  }

  /** Looks at the file no more. */
  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    try {
      const version = versionOf(this.file);
      if (version === this.#version && this.#brokenSince === null) return;
      this.#keys = read(this.file);
      this.#version = version;
      this.#brokenSince = null;
    } catch (error) {
      this.#broken(reasonOf(error));
    }
  }

  #broken(reason: string): void {
    const now = performance.now();
    this.#brokenSince ??= now;
    const over = now - this.#brokenSince >= this.grace;
    if (over) this.#keys = [];
    this.warn(
      over
        ? `API_KEYS_FILE ${reason}: nobody is let in until it is fixed`
        : `API_KEYS_FILE ${reason}; the keys read before stay in force for ${this.grace / 1000} s: fix the file`,
    );
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
      if (digest.toLowerCase() === NOTHING) throw new ConfigError(`line ${i + 1} is the SHA-256 of an empty key`);
      return [{ name, digest: Buffer.from(digest, 'hex') }];
    });
}

function reasonOf(error: unknown): string {
  return error instanceof ConfigError
    ? error.message
    : `cannot be read: ${String((error as NodeJS.ErrnoException).code)}`;
}
