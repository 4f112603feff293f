/** What one would write by hand for a few known questions: Fastify, pg, and statements that are as good as can be. */
import Fastify from 'fastify';
import pg from 'pg';
import { WINDOW } from '../dataset.ts';
import { peerSettings } from './settings.ts';

const { url, port, poolSize } = peerSettings();

const pool = new pg.Pool({
  connectionString: url,
  max: poolSize,
  min: poolSize,
  statement_timeout: 60_000,
  application_name: 'bench-fastify',
});
const app = Fastify();

/** `rendered` is JSON that PostgreSQL wrote. */
interface Rendered {
  rendered: string | null;
}

const BAR = 'symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source';

const latest = `select to_json(bar)::text as rendered from (select ${BAR} from market_data.ohlcv where symbol = $1
  and timestamp >= '2025-10-25T00:00:00Z' and timestamp < '2025-11-02T00:00:00Z' order by timestamp desc limit 1) as bar`;

const daily = `select json_agg(bar)::text as rendered from (select symbol, day, open, high, low, close, volume, vwap
  from market_data.ohlcv_daily where symbol = $1
  and day >= '${WINDOW.start}T00:00:00Z' and day < '2025-11-01T00:00:00Z' order by day) as bar`;

/** As upstream asks: with no bounds in time, so that every chunk is planned and opened. */
const unbounded = `select ${BAR} from market_data.ohlcv where symbol = $1 order by timestamp desc limit 1`;

const bar = {
  symbol: 'S001',
  timestamp: '2025-10-31T00:00:00Z',
  open: 69.1645,
  high: 69.7402,
  low: 68.0067,
  close: 68.5775,
};

app.get('/constant', () => bar);

app.get<{ Params: { symbol: string } }>('/latest/:symbol', async (request, reply) => {
  const { rows } = await pool.query<Rendered>({ name: 'latest', text: latest, values: [request.params.symbol] });
  return reply.type('application/json').send(rows[0]?.rendered ?? 'null');
});

app.get<{ Params: { symbol: string } }>('/daily/:symbol', async (request, reply) => {
  const { rows } = await pool.query<Rendered>({ name: 'daily', text: daily, values: [request.params.symbol] });
  return reply.type('application/json').send(rows[0]?.rendered ?? '[]');
});

app.get<{ Params: { symbol: string } }>('/unbounded/:symbol', async (request) => {
  const { rows } = await pool.query<Record<string, unknown>>(unbounded, [request.params.symbol]);
  return rows[0] ?? null;
});

await app.listen({ port, host: '127.0.0.1' });
