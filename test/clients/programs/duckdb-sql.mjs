// What a statement of the documents says in DuckDB, beside the types of the file that it reads.
import { DuckDBInstance } from '@duckdb/node-api';
import { writeFileSync } from 'node:fs';

const [, , url, file, statement] = process.argv;
const answer = await fetch(url);
if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
const database = await (await DuckDBInstance.create(':memory:')).connect();
const rowsOf = async (sql) => (await database.runAndReadAll(sql)).getRowsJson();
const described = await rowsOf(`describe select * from '${file}'`);
const types = described.map(([column, type]) => `${column} ${type}`);
console.log(JSON.stringify({ types, rows: await rowsOf(statement) }));
