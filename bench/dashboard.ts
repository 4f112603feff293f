import { setTimeout as pause } from 'node:timers/promises';
import type { Build } from './build.ts';
import { median, quantile } from './drive.ts';
import { dashboard, dashboardVariables } from './operations.ts';
import type { Server } from './processes.ts';
import { startApi } from './servers.ts';
import { openWire } from './wire.ts';

/** How the dashboard operation fared, alone on the machine. */
export interface DashboardFigures {
  readonly shape: 'columns' | 'nodes';
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly bytes: number;
  /** SQL statements of a usual operation, and of any: with what the API looks up anew, such as the chunks. */
  readonly statements: number;
  readonly statementsWithOthers: number;
  /** Most statements at a time: of a usual operation, and of any, with what the API looks up for itself meanwhile. */
  readonly atOnce: number;
  readonly atOnceWithOthers: number;
  /** Operations that were refused as too much at first, though one came after the other. */
  readonly refused: number;
}

const WARM_UP = 5;
const RETRY_MS = 500;

/** Sends the dashboard operation `times` times, one after the other; then some more over a wire that counts. */
export async function measureDashboard(
  shape: 'columns' | 'nodes',
  api: Server,
  build: Build,
  databaseUrl: string,
  times: number,
): Promise<DashboardFigures> {
  for (let i = 0; i < WARM_UP; i++) await ask(api, shape);
  const asked: Asked[] = [];
  for (let i = 0; i < times; i++) asked.push(await ask(api, shape));
  const refused = asked.reduce((sum, one) => sum + one.refused, 0);
  const spent = asked.map(({ ms }) => ms);
  spent.sort((a, b) => a - b);
  const traffic = await countStatements(shape, build, databaseUrl, Math.min(times, 21));
  return { shape, p50: quantile(spent, 0.5), p95: quantile(spent, 0.95), bytes: asked[0]!.bytes, refused, ...traffic };
}

/** The API's own count of the statements of an operation, and how many the wire sees at a time. */
async function countStatements(
  shape: 'columns' | 'nodes',
  build: Build,
  databaseUrl: string,
  times: number,
): Promise<Pick<DashboardFigures, 'statements' | 'statementsWithOthers' | 'atOnce' | 'atOnceWithOthers'>> {
  const wire = await openWire(databaseUrl);
  const counts: number[] = [];
  const count = (text: string): void => {
    const line = JSON.parse(text) as { route?: string; status?: number; statements?: number };
    if (line.route === '/graphql' && line.status === 200) counts.push(line.statements!);
  };
  try {
    const api = await startApi(build, wire.url, count);
    for (let i = 0; i < WARM_UP; i++) await ask(api, shape);
    const seen: number[] = [];
    for (let i = 0; i < times; i++) {
      wire.take();
      await ask(api, shape);
      seen.push(wire.take().atOnce);
    }
    await api.end();
    return {
      statements: median(counts),
      statementsWithOthers: Math.max(...counts),
      atOnce: median(seen),
      atOnceWithOthers: Math.max(...seen),
    };
  } finally {
    await wire.close();
  }
}

interface Asked {
  readonly ms: number;
  readonly bytes: number;
  readonly refused: number;
}

async function ask(api: Server, shape: 'columns' | 'nodes'): Promise<Asked> {
  for (let refused = 0; ; refused++) {
    const started = performance.now();
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'identity' },
      body: JSON.stringify({ query: dashboard(shape), variables: dashboardVariables() }),
    });
    const text = await response.text();
    const ms = performance.now() - started;
    if (response.status === 200 && !text.startsWith('{"errors"')) return { ms, bytes: text.length, refused };
    if (response.status !== 503 || refused > 10) {
      throw new Error(`The dashboard operation is answered by ${response.status} ${text.slice(0, 300)}`);
    }
    await pause(RETRY_MS);
  }
}
