import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the network does: passes, holds what is sent until it passes again, or swallows it. */
export type Weather = 'pass' | 'hold' | 'discard';

/** A piece of network on loopback that can fail in every way a network does. */
export class FaultProxy {
  #weather: Weather = 'pass';
  #delay = 0;
  #resetAfter: number | null = null;
  readonly #pairs = new Set<Pair>();

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {}

  /** One in front of a port of this machine. */
  static async before(target: number): Promise<FaultProxy> {
    const server = createServer();
    const proxy = new FaultProxy(server, target);
    server.on('connection', (socket) => proxy.#accept(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** Changes the weather; what was held is delivered when it passes again, what was discarded never is. */
  set weather(weather: Weather) {
    this.#weather = weather;
    if (weather === 'pass') for (const pair of this.#pairs) pair.deliver();
  }

  /** Each piece of data arrives so many milliseconds late. */
  set delay(ms: number) {
    this.#delay = ms;
  }

  /** The next reply is cut off, by a reset, after so many bytes; null for none. */
  set resetAfter(bytes: number | null) {
    this.#resetAfter = bytes;
  }

  /** Whether a reply is cut off by a close in good order instead, as of a proxy that ends. */
  closes = false;

  get connections(): number {
    return this.#pairs.size;
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) pair.reset();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #accept(client: Socket): void {
    const late = (): number => this.#delay;
    const server = connect(this.target, '127.0.0.1');
    const pair: Pair = new Pair(client, server, (bytes, reply) => this.#pass(pair, bytes, reply), late);
    this.#pairs.add(pair);
    client.once('close', () => this.#pairs.delete(pair));
  }

  /** What of some bytes goes on now; the rest is the pair's to keep, or lost. */
  #pass(pair: Pair, bytes: Buffer, reply: boolean): Buffer | 'hold' | 'discard' {
    if (pair.cut) return 'discard';
    if (this.#weather !== 'pass') return this.#weather;
    if (reply && this.#resetAfter !== null) {
      this.#resetAfter -= bytes.length;
      if (this.#resetAfter < 0) {
        const kept = bytes.subarray(0, bytes.length + this.#resetAfter);
        this.#resetAfter = null;
        // What comes before the reset is lost as well: no network leaves out a part and goes on.
        pair.cut = true;
        setImmediate(() => (this.closes ? pair.close() : pair.reset()));
        return kept;
      }
    }
    return bytes;
  }
}

type Passing = (bytes: Buffer, reply: boolean) => Buffer | 'hold' | 'discard';

/** One connection and its other half. */
class Pair {
  /** Nothing arrives on it any more. */
  cut = false;
  readonly #held: [to: Socket, bytes: Buffer][] = [];

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly passing: Passing,
    private readonly delay: () => number,
  ) {
    for (const [from, to, reply] of [
      [client, server, false],
      [server, client, true],
    ] as const) {
      from.on('error', () => undefined);
      from.on('data', (bytes) => {
        const passed = this.passing(bytes, reply);
        if (passed === 'hold') this.#held.push([to, bytes]);
        else if (passed !== 'discard') this.#send(to, passed);
      });
      from.once('close', () => to.destroy());
    }
  }

  deliver(): void {
    for (const [to, bytes] of this.#held.splice(0)) this.#send(to, bytes);
  }

  #send(to: Socket, bytes: Buffer): void {
    const delay = this.delay();
    if (delay > 0) setTimeout(() => !to.destroyed && to.write(bytes), delay);
    else if (!to.destroyed) to.write(bytes);
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.server.destroy();
  }

  close(): void {
    this.client.end();
    this.server.destroy();
  }
}
