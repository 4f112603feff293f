import { afterAll, expect } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { CANARY, type Cluster, freePort } from './cluster.js';
import { watch } from './machine.js';
import { until } from './wait.js';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const TURNS = fileURLToPath(new URL('turns.mjs', import.meta.url));

/** What no answer and no line of the log may ever hold. */
const LEAK = new RegExp(
  [CANARY, '\\\\n +at ', 'node_modules', 'SQLSTATE', 'postgres(ql)?://[^*]', 'relation "', 'tetra_reader']
    .concat(['ECONN\\w+', 'pg_catalog', '\\bselect .{1,200} from '])
    .join('|'),
  'i',
);
/** Error codes of the system are what the log is for; the rest is not. */
const LOG_LEAK = new RegExp([CANARY, 'postgres(ql)?://[^*]', '\\bselect .{1,200} from ', 'relation "'].join('|'), 'i');

/** What Node is started with where an API's turns are asked for. */
export const MEASURED = ['--import', TURNS];

/** One answer, whole. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  bytes: Buffer;
  ms: number;
}

export interface CallOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  agent?: Agent;
  signal?: AbortSignal;
}

/** What an API's event loop did since it was last asked: see `turns.mjs`. */
export interface Turns {
  /** The longest turn, in milliseconds of the clock and of the processor. */
  readonly ms: number;
  readonly cpu: number;
  /** The most memory that the process had, in bytes; null where the system does not tell. */
  readonly peak: number | null;
  /** Its heap now, in bytes. */
  readonly heap: number;
}

/** A line of the API's log. */
export type LogLine = Record<string, unknown> & { level: string; msg: string };

const started = new Set<ChildProcess>();
// A test that fails half-way must not leave its process behind.
afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

/** The built API as a process of its own, as it is run. */
export class Api {
  readonly agent = new Agent({ keepAlive: true, maxSockets: 500 });
  /** What was found in an answer that must not be in any. */
  readonly leaks: string[] = [];
  readonly #output: string[] = [];
  #rest = '';
  #exit: { code: number | null; signal: string | null } | null = null;
  port = 0;

  private constructor(private readonly child: ChildProcess) {
    started.add(child);
    if (child.pid) watch(child.pid);
    child.once('exit', () => started.delete(child));
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop()!;
      this.#output.push(...lines);
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => this.#output.push(...text.trimEnd().split('\n')));
    child.once('exit', (code, signal) => (this.#exit = { code, signal }));
  }

  /** Starts it; answers when it listens. */
  static async start(url: string, env: Record<string, string> = {}, nodeArgs: string[] = []): Promise<Api> {
    const port = await freePort();
    const api = Api.spawn({ DATABASE_URL: url, PORT: String(port), ...env }, nodeArgs);
    api.port = port;
    const listens = async (): Promise<boolean> => {
      if (api.exit) throw new Error(`the API ended: ${JSON.stringify(api.exit)} ${api.output.slice(-3).join('\n')}`);
      return api.call('/health/live').then(
        () => true,
        () => false,
      );
    };
    await until('the API listens', listens, 60_000, 50);
    return api;
  }

  /** Starts it without waiting for anything. */
  static spawn(env: Record<string, string>, nodeArgs: string[] = []): Api {
    const { PATH = '' } = process.env;
    return new Api(
      spawn(process.execPath, [...nodeArgs, MAIN], {
        // A machine that is busy with other things is not what these tests are about: it sheds no load unless one says
        // so.
        env: { PATH, PORT: '0', LOG_FORMAT: 'json', TZ: 'Asia/Kolkata', MAX_EVENT_LOOP_DELAY_MS: '60000', ...env },
        stdio: ['ignore', 'pipe', 'pipe', ...(nodeArgs.includes(TURNS) ? (['ipc'] as const) : [])],
      }),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  get exit(): { code: number | null; signal: string | null } | null {
    return this.#exit;
  }

  /** Everything it said, line by line. */
  get output(): readonly string[] {
    return this.#output;
  }

  /** Its log; fails on a line that is no JSON object. */
  log(): LogLine[] {
    return this.#output.map((line) => JSON.parse(line) as LogLine);
  }

  /** The log of finished requests. */
  requests(): LogLine[] {
    return this.log().filter((line) => line.msg === 'request');
  }

  /** One request; rejects when no whole answer comes. */
  call(path: string, { method = 'GET', headers = {}, body, agent, signal }: CallOptions = {}): Promise<Reply> {
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, path, method, headers, agent: agent ?? this.agent, signal };
      const outgoing = httpRequest(options, (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.once('error', reject);
        incoming.once('aborted', () => reject(new Error('the answer broke off')));
        incoming.once('end', () => {
          if (!incoming.complete) return;
          const bytes = Buffer.concat(parts);
          const reply = {
            status: incoming.statusCode!,
            headers: incoming.headers,
            text: bytes.toString(),
            bytes,
            ms: performance.now() - started,
          };
          this.#inspect(`${method} ${path}`, reply);
          resolve(reply);
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  /** One GraphQL operation by POST; variables that are a text are sent as they are. */
  graphql(query: string, variables?: unknown, more: CallOptions = {}): Promise<Reply> {
    const headers = { 'content-type': 'application/json', ...more.headers };
    const body =
      typeof variables === 'string'
        ? `{"query":${JSON.stringify(query)},"variables":${variables}}`
        : JSON.stringify({ query, variables });
    return this.call('/graphql', { ...more, method: 'POST', headers, body });
  }

  /** The event loop since it was last asked, of one that was started with {@link MEASURED}. */
  turns(): Promise<Turns> {
    return new Promise((resolve, reject) => {
      this.child.once('message', (message) => resolve(message as Turns));
      this.child.send('turns', (error) => error && reject(error));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it and tells how that went. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    this.signal(signal);
    await until('the API ends', () => this.#exit !== null, 30_000);
    this.agent.destroy();
    return this.#exit!;
  }

  #inspect(what: string, { status, headers, text }: Reply): void {
    if (status === 500) this.leaks.push(`${what}: 500 ${text}`);
    if (status < 400 || /^GET \/(docs|openapi)/.test(what)) return;
    const leak = LEAK.exec(text);
    if (leak) this.leaks.push(`${what}: ${status} holds ${leak[0]}`);
    const type = String(headers['content-type']);
    const health = what.includes('/health/');
    if (!what.startsWith('HEAD') && !health && !/^application\/(problem\+json|.*json)/.test(type)) {
      this.leaks.push(`${what}: ${status} as ${type}`);
    }
  }
}

/**
 * What must hold after every fault: the same process, twenty of twenty requests good within `within` milliseconds,
 * no backend more than the pools of so many APIs may have, no secret and no driver's text anywhere, no 500. Answers the
 * recovery time.
 */
export async function afterwards(
  api: Api,
  cluster: Pick<Cluster, 'backends'>,
  within = 2000,
  apis = 1,
): Promise<number> {
  const good = async (): Promise<boolean> => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        api.call(i % 2 ? '/v1/market-data/latest/AAPL' : '/v1/news?limit=1').catch(() => null),
      ),
    );
    return replies.every((reply) => reply?.status === 200);
  };
  const recovery = await until('20 of 20 requests are good', good, within);
  expect(api.exit).toBeNull();
  expect(api.leaks).toEqual([]);
  expect(api.output.filter((line) => LOG_LEAK.test(line))).toEqual([]);
  expect(api.output.filter((line) => !/^\{.*\}$/.test(line))).toEqual([]);
  expect(() => api.log()).not.toThrow();
  expect((await cluster.backends()).length).toBeLessThanOrEqual((30 + 2 + 1) * apis);
  return recovery;
}
