import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import copy from 'pg-copy-streams';
import { ALL_DATA_SETS, type DataSetName, WRITTEN_DATA_SETS } from '../../sql/data-sets.js';
import { databaseFolder } from '../apply.js';
import { barColumns, indexBars, type Row, sampleBars } from './bars.js';
import { employment, observationColumns, sampleObservations } from './economy.js';
import { eventColumns, sampleEvents } from './events.js';
import { articleColumns, sampleArticles } from './news.js';

/** The sample rows of a data set, and the columns that they give. */
interface Sample {
  readonly columns: string;
  readonly rows: Iterable<Row>[];
}

export interface SampleOptions {
  /** Generated data ends on the UTC day before this instant, events 60 days after it; the current time when absent. */
  now?: Date;
}

/**
 * Fills the empty tables of a set-up database with sample data: real S&P 500 bars and US employment, the rest
 * generated (see `db/sample/README.md`). All or nothing, and the same rows, ids included, for the same `now`. Answers
 * the number of rows by table. Rejects when a table already has rows; `client` needs INSERT, and CALL where
 * TimescaleDB keeps the daily bars.
 */
export async function loadSample(client: pg.Client, options: SampleOptions = {}): Promise<Record<string, number>> {
  const now = options.now ?? new Date();
  const read = (name: string): Promise<string> => readFile(`${databaseFolder}sample/${name}`, 'utf8');
  const [index, jobs] = await Promise.all([read('sp500-2000.csv'), read('us-employment.csv')]);

  await client.query('BEGIN');
  try {
    await refuseRows(client);
    const samples: Partial<Record<DataSetName, Sample>> = {
      'market_data.ohlcv': { columns: barColumns, rows: [indexBars(index), sampleBars(now)] },
      'economic_data.economic_data': { columns: observationColumns, rows: [employment(jobs), sampleObservations(now)] },
      'news.news_articles': { columns: articleColumns, rows: [sampleArticles(now)] },
      'events.event_data': { columns: eventColumns, rows: [sampleEvents(now)] },
    };
    const rows: Record<string, number> = {};
    for (const { name } of WRITTEN_DATA_SETS) {
      const sample = samples[name];
      if (sample) rows[name] = await load(client, name, sample);
    }
    await client.query('COMMIT');
    await refreshDaily(client);
    await client.query(`VACUUM (ANALYZE) ${WRITTEN_DATA_SETS.map(({ name }) => name).join(', ')}`);
    return rows;
  } catch (error) {
    // The first error is the one to tell.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function refuseRows(client: pg.Client): Promise<void> {
  // Daily rows may outlive their bars, and the refresh that follows would take them.
  for (const { name } of ALL_DATA_SETS) {
    const { rowCount } = await client.query(`SELECT FROM ${name} LIMIT 1`);
    if (rowCount) throw new Error(`Sample data is for an empty database: ${name} has rows`);
  }
}

async function load(client: pg.Client, table: string, { columns, rows: sources }: Sample): Promise<number> {
  let count = 0;
  function* chunks(): Generator<string> {
    let text = '';
    for (const rows of sources) {
      for (const row of rows) {
        text += row.map(field).join('\t') + '\n';
        count++;
        if (text.length > 65_536) {
          yield text;
          text = '';
        }
      }
    }
    yield text;
  }
  await pipeline(Readable.from(chunks()), client.query(copy.from(`COPY ${table} (${columns}) FROM STDIN`)));
  return count;
}

/** A field of COPY's text format. */
function field(value: Row[number]): string {
  if (value === null) return '\\N';
  return String(value).replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c]!);
}

/** A continuous aggregate shows nothing older than its policy's window until it is refreshed once. */
async function refreshDaily(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ plain: boolean }>(
    `SELECT to_regclass('timescaledb_information.continuous_aggregates') IS NULL AS plain`,
  );
  if (!rows[0]!.plain) await client.query(`CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`);
}
