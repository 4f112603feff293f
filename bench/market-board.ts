import { median } from './drive.ts';
import type { Server } from './processes.ts';

/** What the board answers, and how fast: one request at a time, in milliseconds. */
export interface BoardAnswer {
  readonly title: string;
  readonly rows: number;
  readonly p50: number;
}

/** So often each is asked after it was asked once. */
const TIMES = 25;

const ASKED = [
  ['movers, twenty rows', 'movers?limit=20'],
  ['screen: two conditions, sorted, a hundred rows', 'screen?where=close>sma_200,rsi_14<70&sort=-return_63&limit=100'],
  ['snapshots, the first thousand rows', 'snapshots?limit=1000'],
  ['snapshots, all symbols, three columns', 'snapshots?limit=10000&fields=symbol,close,change_percent'],
] as const;

/** Waits until the board is made, then asks it. */
export async function measureBoard({ url }: Server): Promise<BoardAnswer[]> {
  const path = (query: string): string => `${url}/v1/market-data/${query}`;
  const until = performance.now() + 600_000;
  while ((await fetch(path('movers?limit=1'))).status === 503) {
    if (performance.now() > until) throw new Error('the board is not made within ten minutes');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const answers: BoardAnswer[] = [];
  for (const [title, query] of ASKED) {
    const times: number[] = [];
    let rows = 0;
    for (let i = 0; i <= TIMES; i++) {
      const began = performance.now();
      const response = await fetch(path(query), { headers: { 'accept-encoding': 'identity' } });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${query} is answered by ${response.status} ${text.slice(0, 300)}`);
      if (i > 0) times.push(performance.now() - began);
      rows = (JSON.parse(text) as { data: unknown[] }).data.length;
    }
    answers.push({ title, rows, p50: median(times) });
  }
  return answers;
}
