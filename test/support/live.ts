import pg from 'pg';
import type { Log } from '../../src/base/log.js';
import { startApp, type TestApp } from './app.js';
import { createDatabase, type TestDatabase } from './database.js';

/** A bar as it is sent. */
export interface LiveBar {
  readonly symbol: string;
  readonly timestamp: string;
  readonly volume: number;
}

/** Minutes of yesterday. */
const YESTERDAY = Date.parse(`${new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`);
export const minute = (n: number): string => new Date(YESTERDAY + n * 60_000).toISOString();

/** An API over a database that is written to: symbols `L0`, `L1`, … with a bar each at the start of yesterday. */
export class LiveMarket {
  private constructor(
    private readonly database: TestDatabase,
    readonly admin: pg.Client,
    readonly api: TestApp,
    /** Where it listens. */
    readonly url: string,
  ) {}

  static async start(symbols: number, env: Record<string, string> = {}, log?: Log): Promise<LiveMarket> {
    const database = await createDatabase();
    const admin = new pg.Client({ connectionString: database.urls.admin });
    await admin.connect();
    await admin.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select 'L' || n, $1, 1, 2, 1, 1.5, 0, '1m', 'test' from generate_series(0, $2::int - 1) as n`,
      [minute(0), symbols],
    );
    const api = await startApp(database.urls.reader, { LIVE_POLL_MS: '100', ...env }, log);
    await api.app.listen(0, '127.0.0.1');
    return new LiveMarket(database, admin, api, await api.app.getUrl());
  }

  /** Where the events of symbols are. */
  stream(...symbols: string[]): string {
    return `${this.url}/v1/market-data/stream?symbols=${symbols.join()}`;
  }

  /** Writes a bar, in a transaction of its own. */
  async write(symbol: string, at: number, volume: number): Promise<void> {
    await this.admin.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       values ($1, $2, 1, 2, 1, 1.5, $3, '1m', 'test')
       on conflict (symbol, timestamp) do update set volume = excluded.volume, updated_at = now()`,
      [symbol, minute(at), volume],
    );
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.admin.end();
    await this.database.drop();
  }
}
