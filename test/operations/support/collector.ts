import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector sees it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** 2 for an error. */
  readonly status: number;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly resource: Readonly<Record<string, string | number>>;
}

/** A collector on loopback: takes OTLP over HTTP in protobuf, by opentelemetry-proto's field numbers. */
export class Collector {
  readonly spans: Span[] = [];
  /** Everything that arrived, to look for what must not be in it. */
  raw = '';
  readonly headers: NodeJS.Dict<string | string[]>[] = [];

  private constructor(private readonly server: Server) {}

  /** @param silent  takes requests and never answers */
  static async start(silent = false): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts);
        collector.raw += body.toString('latin1');
        collector.headers.push(request.headers);
        collector.spans.push(...spansOf(body));
        if (!silent) response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The spans of one trace. */
  trace(id: string): Span[] {
    return this.spans.filter(({ traceId }) => traceId === id);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

type Field = [number: number, value: bigint | Buffer];

/** Fields of a protobuf message in their order. */
function* fields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === 0) yield [tag >> 3, varint()];
    else if (wire === 1) yield [tag >> 3, bytes.readBigUInt64LE((at += 8) - 8)];
    else if (wire === 5) yield [tag >> 3, BigInt(bytes.readUInt32LE((at += 4) - 4))];
    else {
      const length = Number(varint());
      yield [tag >> 3, bytes.subarray(at, (at += length))];
    }
  }
}

function all(bytes: Buffer, number: number): Buffer[] {
  return [...fields(bytes)].filter(([n]) => n === number).map(([, value]) => value as Buffer);
}

function one(bytes: Buffer, number: number): bigint | Buffer | undefined {
  for (const [n, value] of fields(bytes)) if (n === number) return value;
  return undefined;
}

function spansOf(request: Buffer): Span[] {
  return all(request, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(one(resourceSpans, 1) as Buffer, 1);
    const scopes = all(resourceSpans, 2);
    return scopes.flatMap((scope) => all(scope, 2).map((span) => spanOf(span, resource)));
  });
}

function spanOf(bytes: Buffer, resource: Span['resource']): Span {
  const hex = (number: number): string => ((one(bytes, number) as Buffer | undefined) ?? Buffer.of()).toString('hex');
  const status = one(bytes, 15) as Buffer | undefined;
  return {
    traceId: hex(1),
    spanId: hex(2),
    parentId: hex(4),
    name: String(one(bytes, 5)),
    kind: Number(one(bytes, 6)),
    attributes: attributesOf(bytes, 9),
    status: Number((status && one(status, 3)) ?? 0),
    start: one(bytes, 7) as bigint,
    end: one(bytes, 8) as bigint,
    resource,
  };
}

/** Attributes that are texts or whole numbers, which all of ours are. */
function attributesOf(bytes: Buffer, number: number): Record<string, string | number> {
  return Object.fromEntries(
    all(bytes, number).map((pair) => {
      const value = one(pair, 2) as Buffer;
      const text = one(value, 1);
      return [String(one(pair, 1)), text === undefined ? Number(one(value, 3)) : String(text)];
    }),
  );
}
