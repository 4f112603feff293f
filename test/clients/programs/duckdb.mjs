// DuckDB on CSV and NDJSON as they come: the types must not depend on the rows.
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, , url] = process.argv;
const home = mkdtempSync(join(tmpdir(), 'duckdb-'));
const database = await (await DuckDBInstance.create(':memory:')).connect();
const result = {};
for (const [name, path] of Object.entries(JSON.parse(process.argv[3]))) {
  for (const [format, reader] of [
    ['csv', 'read_csv'],
    ['ndjson', 'read_json'],
  ]) {
    const file = join(home, `${name}.${format}`);
    const response = await fetch(`${url}${path}${path.includes('?') ? '&' : '?'}format=${format}`);
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
    writeFileSync(file, await response.text());
    const described = await database.runAndReadAll(`describe select * from ${reader}('${file}')`);
    const counted = await database.runAndReadAll(`select count(*)::int from ${reader}('${file}')`);
    result[`${name}.${format}`] = {
      rows: counted.getRows()[0][0],
      types: Object.fromEntries(described.getRows().map(([column, type]) => [column, type])),
    };
  }
}
rmSync(home, { recursive: true });
console.log(JSON.stringify(result));
