import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { ApiProcess } from './support/api.js';
import { childrenOf, Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, freePort, PGBIN, until } from './support/tools.js';

describeWith(PGBIN, 'WORKERS', () => {
  let home: Home;
  let cluster: Cluster;
  let api: ApiProcess;
  let metrics: number;

  /** Answers of one worker's own metrics; null while it is not there. */
  const served = async (worker: number): Promise<number | null> => {
    try {
      const text = await (await fetch(`http://127.0.0.1:${metrics + worker}/metrics`)).text();
      return Number(/_count\{[^}]*\/symbols",status="200"\} (\d+)/.exec(text)?.[1] ?? 0);
    } catch {
      return null;
    }
  };
  const ask = async (): Promise<number> => {
    const answer = await fetch(`${api.url}/v1/market-data/symbols`, { headers: { connection: 'close' } });
    await answer.arrayBuffer();
    return answer.status;
  };

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster');
    await cluster.start();
    await cluster.addSample('secret-of-the-reader');
    metrics = await freePort();
    api = new ApiProcess(await freePort(), {
      DATABASE_URL: cluster.url('tetra', 'tetra_reader', 'secret-of-the-reader'),
      DATABASE_POOL_SIZE: '4',
      WORKERS: '2',
      METRICS_PORT: String(metrics),
    });
    await api.start();
    await until('both are there', async () => (await served(0)) !== null && (await served(1)) !== null);
  });

  afterAll(async () => {
    await api?.stop();
    await cluster?.stop();
    home?.remove();
  });

  it('share one port', async () => {
    await until('both have served', async () => {
      expect(await ask()).toBe(200);
      return (await served(0))! > 0 && (await served(1))! > 0;
    });
  });

  it('are replaced when they die, while the others serve', async () => {
    const [victim] = childrenOf(String(api.pid));
    process.kill(Number(victim), 'SIGKILL');
    await until('another is there', () => {
      const now = childrenOf(String(api.pid));
      return now.length === 2 && !now.includes(victim!);
    });
    await until('both have metrics', async () => (await served(0)) !== null && (await served(1)) !== null);
    for (let i = 0; i < 20; i++) expect(await ask()).toBe(200);
  });

  it('drain and end together', async () => {
    const workers = childrenOf(String(api.pid));
    expect(await api.stop()).toBe(0);
    expect(workers).toHaveLength(2);
    expect(workers.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  it('end when the process that started them is killed', async () => {
    await api.start();
    const workers = childrenOf(String(api.pid));
    expect(workers).toHaveLength(2);
    api.kill();
    await until('nobody listens', async () =>
      fetch(`${api.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
  });

  it('do not hide a start that fails', async () => {
    // One for each worker: were one of them free, its worker might be up before the other one has failed.
    const taken = await takeNeighbours();
    const wrong = new ApiProcess(await freePort(), {
      DATABASE_URL: 'postgres://x@127.0.0.1:1/y',
      WORKERS: '2',
      METRICS_PORT: String((taken[0].address() as AddressInfo).port),
    });
    try {
      await expect(wrong.start()).rejects.toThrow(/METRICS_PORT cannot be listened on: EADDRINUSE/);
      expect(await wrong.stop()).toBe(1);
    } finally {
      wrong.kill();
      for (const server of taken) server.close();
    }
  });
});

/** Two servers on neighbouring ports. */
async function takeNeighbours(): Promise<[Server, Server]> {
  for (;;) {
    const first = await listening(0);
    const next = await listening((first!.address() as AddressInfo).port + 1);
    if (next) return [first!, next];
    first!.close();
  }
}

/** A server on a port; null when somebody else has it. */
function listening(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
