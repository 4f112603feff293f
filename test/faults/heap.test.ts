import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'node:http';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { type Heavy, HEAVIEST, loadHeavy } from './support/heaviest.js';
import { figure } from './support/wait.js';

/** The heap of a small container. */
const HEAP = ['--max-old-space-size=256', '--max-semi-space-size=8'];
/** How long things take is not what this is about: what is let in has time to be answered. */
const PATIENT = {
  CLIENT_SHARE: '1',
  DATABASE_POOL_TIMEOUT: '20',
  DATABASE_STATEMENT_TIMEOUT_MS: '15000',
  REQUEST_TIMEOUT_MS: '25000',
};
const CLIENTS = 32;
const SECONDS = 20;
/** What a request that is not answered by its rows is told: it is too large, or it is to come again. */
const REFUSALS = [400, 429, 503, 504];

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.admin((client) => loadHeavy(client));
  api = await Api.start(cluster.url(), PATIENT, HEAP);
  await afterwards(api, cluster, 20_000);
}, 300_000);
afterAll(async () => {
  await api?.stop();
  await cluster?.remove();
});

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
afterAll(() => agent.destroy());

/** Reads an answer to its end and keeps nothing of it; rejects where it breaks off. Answers its status and bytes. */
function drain({ path, method, headers, body }: Heavy): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: api.port, path, method, headers, agent }, (incoming) => {
      let bytes = 0;
      incoming.on('data', (part: Buffer) => (bytes += part.length));
      incoming.once('error', reject);
      incoming.once('end', () => resolve({ status: incoming.statusCode!, bytes }));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

describe('a server with a heap of 256 MB', () => {
  it('answers or refuses each of the heaviest requests, whatever others ask at the same time', async () => {
    const until = performance.now() + SECONDS * 1000;
    const statuses: Record<string, number> = {};
    const broken: string[] = [];
    let bytes = 0;
    let next = 0;
    const client = async (): Promise<void> => {
      while (performance.now() < until) {
        // With a step that takes neighbours, which are much alike, at different times.
        const heavy = HEAVIEST[(next++ * 37) % HEAVIEST.length]!;
        try {
          const answer = await drain(heavy);
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
          bytes += answer.bytes;
        } catch (error) {
          broken.push(`${heavy.what}: ${String(error)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    figure('the heaviest requests at once, heap of 256 MB', {
      results: JSON.stringify(statuses),
      MB: Math.round(bytes / 1e6),
      'recovery ms': await afterwards(api, cluster, 10_000),
    });
    expect(broken).toEqual([]);
    expect(Object.keys(statuses).filter((status) => status !== '200' && !REFUSALS.includes(Number(status)))).toEqual(
      [],
    );
    expect(statuses[200]).toBeGreaterThan(CLIENTS);
  });
});
