// DuckDB on Parquet as it comes: its types, and sums to the last digit against those of the decimals as texts.
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, , url] = process.argv;
const home = mkdtempSync(join(tmpdir(), 'duckdb-'));
const file = join(home, 'bars.parquet');
const path = `${url}/v1/market-data/bars?symbols=AAPL,MSFT,%5EGSPC&start=2015-01-01`;
writeFileSync(file, Buffer.from(await (await fetch(`${path}&format=parquet`)).arrayBuffer()));
const lines = (await (await fetch(`${path}&format=ndjson&numbers=string`)).text()).split('\n').filter(Boolean);

/** A decimal in units of its eighth place. */
function units(text) {
  const [whole, part = ''] = text.split('.');
  return BigInt(whole + part.padEnd(8, '0'));
}

const sums = { open: 0n, vwap: 0n, volume: 0n };
for (const row of lines.map((line) => JSON.parse(line))) {
  sums.open += units(row.open);
  if (row.vwap !== null) sums.vwap += units(row.vwap);
  sums.volume += BigInt(row.volume);
}
const database = await (await DuckDBInstance.create(':memory:')).connect();
const rowsOf = async (sql) => (await database.runAndReadAll(sql)).getRowsJson();
const described = await rowsOf(`describe select * from '${file}'`);
const [read] = await rowsOf(
  `select count(*)::int, sum(open)::varchar, sum(vwap)::varchar, sum(volume)::varchar from '${file}'`,
);
const [about] = await rowsOf(
  `select count(*)::int from parquet_kv_metadata('${file}') where key in ('meta', 'prices')`,
);
rmSync(home, { recursive: true });
console.log(
  JSON.stringify({
    types: Object.fromEntries(described.map(([column, type]) => [column, type])),
    rows: [lines.length, read[0]],
    exact: units(read[1]) === sums.open && units(read[2]) === sums.vwap && BigInt(read[3]) === sums.volume,
    about: about[0],
  }),
);
