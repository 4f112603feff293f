import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { afterwards, Api, MEASURED } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { type Heavy, HEAVIEST, loadHeavy } from './support/heaviest.js';

/** The heap of a small container, in megabytes. */
const HEAP = 256;
/** How often each request is sent: the first makes plans and compiles. */
const TIMES = 4;
const ONLY = new RegExp(process.env.TETRA_EVENT_LOOP_ONLY ?? '');

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.admin((client) => loadHeavy(client));
  const heap = [`--max-old-space-size=${HEAP}`, '--max-semi-space-size=8'];
  api = await Api.start(cluster.url(), { CLIENT_SHARE: '1' }, [...MEASURED, ...heap]);
  await afterwards(api, cluster, 20_000);
}, 300_000);
afterAll(async () => {
  await api?.stop();
  await cluster?.remove();
});

/** What a request did. */
interface Met {
  readonly what: string;
  readonly status: number;
  readonly bytes: number;
  readonly cpu: number;
  readonly ms: number;
  readonly peak: number;
}

async function meet({ what, path, ...options }: Heavy): Promise<Met> {
  let met: Met | undefined;
  for (let i = 0; i < TIMES; i++) {
    await api.turns();
    const { status, text } = await api.call(path, options);
    const { cpu, ms, peak } = await api.turns();
    const best = i > 1 && met!.cpu < cpu ? met! : { cpu, ms };
    met = { what, status, bytes: text.length, cpu: best.cpu, ms: best.ms, peak: Math.round((peak ?? 0) / 1e6) };
  }
  return met!;
}

function lineOf({ what, status, bytes, cpu, ms, peak }: Met): string {
  const turn = `${cpu.toFixed(0).padStart(4)} ms of the processor, ${ms.toFixed(0).padStart(4)} of the clock`;
  return `${status} ${String(bytes).padStart(9)} B, longest turn ${turn}, peak ${peak} MB: ${what}`;
}

it('the heaviest requests are answered or refused one by one', async () => {
  const all: Met[] = [];
  for (const heavy of HEAVIEST.filter(({ what }) => ONLY.test(what))) {
    const met = await meet(heavy);
    all.push(met);
    process.stderr.write(`${lineOf(met)}\n`);
  }
  process.stderr.write(`The longest turn: ${Math.round(Math.max(...all.map(({ cpu }) => cpu)))} ms\n`);
  expect(all.filter(({ status }) => status !== 200 && status !== 400)).toEqual([]);
  expect(api.exit).toBeNull();
}, 1_200_000);
