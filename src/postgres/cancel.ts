import pg from 'pg';

/** Cancel connections at a time: a crowd that leaves at once must not become a crowd of connections. */
const MAX_CONCURRENT = 4;
/** How long one may take, in milliseconds; the statement's own time limit is behind it. */
const CANCEL_TIMEOUT_MS = 1000;

/** What pg's client knows of its backend beyond the types: where it is, and the secret that allows to cancel it. */
interface Cancellable {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connectionParameters: { readonly ssl?: unknown };
}

interface CancelConnection {
  readonly stream: { destroy(): void };
  on(event: string, listener: () => void): this;
  connect(port: number, host: string): void;
  cancel(processId: number, secretKey: number): void;
}

/**
 * Cancels statements in the database by the protocol's own CancelRequest: it needs no log-in and no free connection
 * slot, so it works when the server is full.
 */
export class Cancels {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Cancels what runs on a connection; answers when the server has taken the request, or will never.
   * @param running  whether the statement still runs: asked again when the turn comes
   */
  async cancel(client: pg.ClientBase, running: () => boolean): Promise<void> {
    if (this.#running >= MAX_CONCURRENT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      if (running()) await send(client as unknown as Cancellable);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

function send({ host, port, processID, secretKey, connectionParameters: { ssl } }: Cancellable): Promise<void> {
  if (processID === null || secretKey === null) return Promise.resolve();
  return new Promise((resolve) => {
    const connection = new pg.Connection({ ssl } as never) as unknown as CancelConnection;
    const timer = setTimeout(() => connection.stream.destroy(), CANCEL_TIMEOUT_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    // 'end' follows an error too; an error that nobody listens for would end the process.
    connection.on('error', () => undefined).on('end', done);
    connection.on(ssl ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey));
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}` as never, undefined as never);
    else connection.connect(port, host);
  });
}
