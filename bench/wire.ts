import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What went over the wire since the last look. */
export interface Traffic {
  readonly statements: number;
  /** Most statements at a time. */
  readonly atOnce: number;
}

/** A way to the database that counts what passes: exact, whatever the server keeps statistics of. */
export interface Wire {
  /** The database by this way. */
  readonly url: string;
  /** The ports that its connections come from, as the database sees them. */
  ports(): number[];
  /** What passed since the last call. */
  take(): Traffic;
  close(): Promise<void>;
}

/** Opens a way to the database at `url`. It speaks no TLS. */
export async function openWire(url: string): Promise<Wire> {
  const target = new URL(url);
  const pairs = new Set<readonly [Socket, Socket]>();
  let statements = 0;
  let running = 0;
  let most = 0;
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    const pair = [near, far] as const;
    let open = 0;
    pairs.add(pair);
    // Query and Sync are what the server answers with ReadyForQuery.
    const asked = messages(true, (type) => {
      if (type !== 'Q' && type !== 'S') return;
      open += 1;
      statements += 1;
      most = Math.max(most, (running += 1));
    });
    const answered = messages(false, (type) => {
      if (type !== 'Z' || open === 0) return;
      open -= 1;
      running -= 1;
    });
    near.on('data', asked).pipe(far).on('data', answered).pipe(near);
    const end = (): void => {
      running -= open;
      open = 0;
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const near = new URL(url);
  near.hostname = '127.0.0.1';
  near.port = String((server.address() as AddressInfo).port);
  return {
    url: near.href,
    ports: () => [...pairs].flatMap(([, far]) => far.localPort ?? []),
    take: () => {
      const traffic = { statements, atOnce: most };
      statements = 0;
      most = running;
      return traffic;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of pairs) for (const socket of pair) socket.destroy();
      }),
  };
}

/** Tells the type of each message of one direction of PostgreSQL's protocol; the first of a client has none. */
function messages(untyped: boolean, tell: (type: string) => void): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let skip = 0;
  let length = untyped ? 4 : 5;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at);
        skip -= step;
        at += step;
        continue;
      }
      const part = chunk.subarray(at, at + length - head.length);
      head = Buffer.concat([head, part]);
      at += part.length;
      if (head.length < length) continue;
      if (length === 5) tell(String.fromCharCode(head[0]!));
      skip = head.readInt32BE(length - 4) - 4;
      head = Buffer.alloc(0);
      length = 5;
    }
  };
}
