import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LiveMarket } from '../support/live.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PYTHON = '/usr/bin/python3';
const python = spawnSync(PYTHON, ['-c', 'import pandas, requests']).status === 0;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tetra-stream-'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  for (const folder of ['clients/typescript', 'clients/python', 'test/clients/programs'])
    cpSync(join(ROOT, folder), home, { recursive: true, filter: (name) => !name.includes('__pycache__') });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

let market: LiveMarket;
let between: Server;
/** The header of each connection of a client, and how many of them are open. */
let asked: (string | undefined)[];
let open: number;
beforeEach(async () => {
  [asked, open] = [[], 0];
  market = await LiveMarket.start(2);
  // What stands between client and API, and can cut them apart.
  between = createServer((incoming, outgoing) => {
    asked.push(incoming.headers['last-event-id'] as string | undefined);
    open++;
    const passed = request(market.url + incoming.url!, { headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.on('error', () => outgoing.destroy()).pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy()).end();
    outgoing.once('close', () => {
      open--;
      passed.destroy();
    });
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
});
afterEach(async () => {
  between.closeAllConnections();
  between.close();
  await market.stop();
});

/** A program as it runs: the lines that it prints. */
class Program {
  readonly #lines: Record<string, unknown>[] = [];
  #said = '';
  #wake: () => void = () => undefined;
  #exit: number | null | undefined;

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
        const lines = this.#said.split('\n').slice(this.#lines.length, -1);
        for (const line of lines)
          this.#lines.push(line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : { line });
        this.#wake();
      });
    child.once('close', (code) => {
      this.#exit = code;
      this.#wake();
    });
  }

  /** Waits for a line; fails when the program ends without it. */
  async until(holds: (line: Record<string, unknown>) => boolean): Promise<void> {
    while (!this.#lines.some(holds)) {
      if (this.#exit !== undefined) throw new Error(`it ended with ${this.#exit}: ${this.#said}`);
      await new Promise<void>((done) => (this.#wake = done));
    }
  }

  /** All lines, when it has ended well. */
  async end(): Promise<Record<string, unknown>[]> {
    while (this.#exit === undefined) await new Promise<void>((done) => (this.#wake = done));
    if (this.#exit !== 0) throw new Error(`it ended with ${this.#exit}: ${this.#said}`);
    return this.#lines;
  }
}

describe.each([
  ['typescript', process.execPath, 'listen.ts', true],
  ['python', PYTHON, 'listen.py', python],
])('streamBars of clients/%s', (_language, command, file, there) => {
  (there ? it : it.skip)(
    'sends each bar once, comes back where it was cut off, and leaves when it is left',
    async () => {
      const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
      const env = { ...process.env, NODE_NO_WARNINGS: '1', PYTHONDONTWRITEBYTECODE: '1' };
      const program = new Program(spawn(command, [file, url], { cwd: home, env }));
      const saw = (symbol: string, volume: number): Promise<void> =>
        program.until(({ event, data }) => {
          const bar = data as { symbol?: string; volume?: number } | undefined;
          return event === 'bar' && bar?.symbol === symbol && bar.volume === volume;
        });
      await saw('L1', 0);
      await market.write('L0', 0, 1);
      await saw('L0', 1);
      between.closeAllConnections();
      await market.write('L0', 0, 2);
      await saw('L0', 2);
      await market.write('L1', 0, 3);
      const lines = await program.end();
      const events = lines.filter(({ event }) => event !== undefined);
      const [start, again] = events.filter(({ event }) => event === 'start').map(({ data }) => data);
      expect(start).toMatchObject({ query: { symbols: ['L0', 'L1'] }, unknown: ['NONE'] });
      expect(again).toEqual(start);
      expect(events.filter(({ event }) => event === 'bar').map(({ data }) => data)).toEqual([
        { symbol: 'L0', volume: 0 },
        { symbol: 'L1', volume: 0 },
        { symbol: 'L0', volume: 1 },
        { symbol: 'L0', volume: 2 },
        { symbol: 'L1', volume: 3 },
      ]);
      // It went on after the last event that it had before it was cut off.
      const before = events.findIndex(({ data }) => (data as { volume?: number }).volume === 1);
      expect(asked.slice(0, 2)).toEqual([undefined, events[before]!.id]);
      expect(asked[1]).toBeDefined();
      // The exact client: the same digits as a text or a Decimal.
      expect(lines.at(-1)).toEqual({ close: '1.5' });
      while (open > 0) await new Promise((done) => setImmediate(done));
    },
  );
});
