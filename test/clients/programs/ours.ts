// Our client in TypeScript, compiled against its types before it runs.
import assert from 'node:assert/strict';
import { Problem, tetra, type Bar, type DailyBar } from './tetra.ts';

const [, , url, busy] = process.argv as [string, string, string, string];
const api = tetra({ url });
const exact = tetra({ url, exact: true });
const window = { start: '2019-01-01', end: '2019-12-31' };

async function refused(call: Promise<unknown>): Promise<unknown[]> {
  const problem = await call.then(
    () => null,
    (error: unknown) => error,
  );
  assert(problem instanceof Problem);
  return [problem.status, problem.code, problem.param, problem.hint];
}

const whole: DailyBar<number>[] = await api.listDailyBars({ symbol: '^GSPC', start: '2000-01-01' }).all();
let rows = 0;
for await (const row of api.listDailyBars({ symbol: '^GSPC', start: '2000-01-01', fields: ['day'] })) {
  // @ts-expect-error -- it was not asked for
  assert.equal(row.close, undefined);
  rows++;
}
const texts: (string | null)[] = (await exact.listDailyBars({ symbol: '^GSPC', ...window }).all()).map(
  (row) => row.close,
);
const newest: Bar<number> | null = await api.getLatestBar({ symbol: '^GSPC' });
// @ts-expect-error -- there is no such column
void api.listSymbols({ fields: ['colour'] });
// @ts-expect-error -- there is no such parameter
void api.listSymbols({ colour: 'red' });
const averages = await api
  .listDailyBars({ symbol: '^GSPC', fields: ['day', 'sma_20'], indicators: 'sma(20)', limit: 2 })
  .all();

const pauses: number[] = [];
const pause = async (ms: number): Promise<void> => void pauses.push(ms);
const patient = tetra({ url: busy, apiKey: 'a key', pause });
const waited = await patient.listSymbols({ limit: 2 }).all();
const hasty = tetra({ url: busy, retries: 0, pause });
console.log(
  JSON.stringify({
    rows: [whole.length, rows],
    texts: texts.length > 200 && texts.every((text) => /^\d+(\.\d+)?$/.test(text!)),
    first: texts[0],
    newest: typeof newest!.close,
    averages: averages.map(({ sma_20 }) => typeof sma_20),
    limited: (await api.listArticles({ limit: 1001 }).all()).length,
    unknown: await refused(api.getSymbol({ symbol: 'APPL' })),
    wrong: await refused(api.listDailyBars({ symbol: '^GSPC', start: 'yesterday' }).all()),
    waited: [waited.length, pauses],
    hasty: await refused(hasty.getSymbol({ symbol: 'hasty' })),
  }),
);
