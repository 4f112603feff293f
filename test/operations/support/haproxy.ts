import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ApiProcess } from './api.js';
import { freePort, HAPROXY, Hopeless, until } from './tools.js';

const CONFIG = fileURLToPath(new URL('../../../deploy/haproxy/haproxy.cfg', import.meta.url));

/** HAProxy with our configuration, in front of two replicas. */
export class Haproxy {
  #log = '';

  private constructor(
    private readonly child: ChildProcess,
    /** Where clients ask. */
    readonly url: string,
    private readonly stats: string,
  ) {
    for (const out of [child.stdout, child.stderr]) {
      out!.on('data', (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-20_000)));
    }
  }

  /** Starts it and returns at once; see {@link bothUp}. */
  static async start([first, second]: readonly ApiProcess[]): Promise<Haproxy> {
    const [listen, admin] = [await freePort(), await freePort()];
    const child = spawn(HAPROXY, ['-db', '-f', CONFIG], {
      env: {
        TETRA_LISTEN: `127.0.0.1:${listen}`,
        TETRA_STATS: `127.0.0.1:${admin}`,
        TETRA_API_1: `127.0.0.1:${first!.port}`,
        TETRA_API_2: `127.0.0.1:${second!.port}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Haproxy(child, `http://127.0.0.1:${listen}`, `http://127.0.0.1:${admin}`);
  }

  /** State of each replica as HAProxy sees it. */
  async states(): Promise<string[]> {
    const csv = await (await fetch(`${this.stats}/;csv`)).text();
    return csv
      .split('\n')
      .map((line) => line.split(','))
      .filter(([proxy, server]) => proxy === 'api' && server?.startsWith('api'))
      .map((fields) => fields[17]!);
  }

  /** Waits until requests go to both replicas. */
  bothUp(): Promise<void> {
    return until('both replicas are up', async () => {
      if (this.child.exitCode !== null) throw new Hopeless(this.#log);
      return (await this.states()).every((state) => state === 'UP');
    });
  }

  /** Ends it at once. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}
