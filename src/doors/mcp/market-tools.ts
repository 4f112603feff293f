import { BoardController } from '../../data/market-data/board.controller.js';
import { SnapshotsArgs } from '../../data/market-data/board.model.js';
import { BarsController } from '../../data/market-data/bars.controller.js';
import { BarsArgs, BarsOfArgs } from '../../data/market-data/bars.model.js';
import { CompareController } from '../../data/market-data/compare.controller.js';
import { CompareArgs } from '../../data/market-data/compare.model.js';
import { GapsController } from '../../data/market-data/gaps.controller.js';
import { CoverageArgs, GapsArgs } from '../../data/market-data/gaps.model.js';
import { lastsDays } from '../../data/market-data/intervals.js';
import { QualityController } from '../../data/market-data/quality.controller.js';
import { QualityArgs } from '../../data/market-data/quality.model.js';
import { SymbolsController } from '../../data/market-data/symbols.controller.js';
import { SymbolsArgs } from '../../data/market-data/symbols.model.js';
import { RowsArgs } from '../../contract/output.args.js';
import { addressOf, type Query, type Read, type RestRoute, type RestRoutes, route, type Row } from './rest-routes.js';
import { checkedDays, freshnessOf, RAW } from './tool-facts.js';
import { changePercent, line, MAX_POINTS, pick, type ToolAnswer } from './tool-answer.js';
import { DAYS, integer, text, texts, type Tool } from './tool.js';

const PATH = '/v1/market-data';
const MAX_SYMBOLS = 10;
/** Gaps and findings that an answer names. */
const MAX_GAPS = 3;
const MAX_FINDINGS = 25;
/** Bytes for the closes of symbols that are compared: a day and about eight of each. */
const POINT_BYTES = 5000;

const SYMBOLS = route(SymbolsController, SymbolsArgs, (controller, args) => controller.list(args));
const SNAPSHOTS = route(BoardController, SnapshotsArgs, (controller, args) => controller.snapshots(args));
const COMPARE = route(CompareController, CompareArgs, (controller, args) => controller.list(args));
const COVERAGE = route(GapsController, CoverageArgs, (controller, args) => controller.coverage(args));
const BARS_OF = route(BarsController, BarsOfArgs, (controller, args) => controller.listOf(args));
const symbolRoute = (symbol: string): RestRoute<SymbolsController, RowsArgs> =>
  route(SymbolsController, RowsArgs, (controller, args) => controller.get(symbol, args));
const barsRoute = (symbol: string): RestRoute<BarsController, BarsArgs> =>
  route(BarsController, BarsArgs, (controller, args) => controller.list(symbol, args));
const gapsRoute = (symbol: string): RestRoute<GapsController, GapsArgs> =>
  route(GapsController, GapsArgs, (controller, args) => controller.report(symbol, args));
const qualityRoute = (symbol: string): RestRoute<QualityController, QualityArgs> =>
  route(QualityController, QualityArgs, (controller, args) => controller.list(symbol, args));

const BOARD = ['day', 'close', 'change_percent', 'return_21', 'return_252', 'high_52_week', 'low_52_week', 'is_stale'];

async function findSymbols({ search, symbols, limit = 20 }: Query, rest: RestRoutes): Promise<ToolAnswer> {
  const asked = symbols === undefined ? { search } : { symbols };
  const list = symbols === undefined ? await rest.rows(SYMBOLS, { search, limit }) : null;
  const names = list ? list.data.map(({ symbol }) => String(symbol)) : (symbols as readonly string[]);
  const board: Read<Row[]> | null = names.length > 0 ? await rest.rows(SNAPSHOTS, { symbols: names }) : null;
  const places = new Map(board?.data.map((row) => [row.symbol, row]));
  const found = list?.data ?? board!.data;
  return {
    facts: {
      ...(list ? {} : { unknown: board!.meta.unknown }),
      ...(list?.more ? { note: `More than ${String(limit)} match: search for more letters.` } : {}),
      prices: RAW,
      market_session: board?.meta.session ?? null,
      freshness: freshnessOf(board?.meta.freshness),
    },
    list: 'symbols',
    rows: found.map((row) => ({
      ...pick(row, ['symbol', 'first_day', 'last_day', 'timeframes']),
      ...pick(places.get(row.symbol) ?? {}, BOARD),
    })),
    everything: addressOf(`${PATH}/${list ? 'symbols' : 'snapshots'}`, asked),
  };
}

async function priceHistory({ symbol, start, end, timeframe }: Query, rest: RestRoutes): Promise<ToolAnswer> {
  const name = String(symbol);
  const asked = { start, end };
  const points = timeframe === undefined ? { max_points: MAX_POINTS } : { timeframe, sort: 'desc' };
  const { data, meta, more } = await rest.rows(barsRoute(name), { ...asked, ...points, limit: MAX_POINTS });
  const bars = timeframe === undefined ? data : data.toReversed();
  const query = meta.query as Row;
  const days = checkedDays(query, meta.last_day);
  const long = lastsDays((meta.timeframe ?? timeframe) as string);
  const time = (row: Row | undefined): unknown => (long ? String(row?.timestamp).slice(0, 10) : row?.timestamp);
  const fields = ['timestamp', 'high', 'low', 'close', 'volume'];
  const best = (field: string, sign: 1 | -1): Row | undefined =>
    bars.reduce<Row | undefined>(
      (a, b) => (b[field] != null && (!a || sign * (Number(b[field]) - Number(a[field])) > 0) ? b : a),
      undefined,
    );
  const [highest, lowest] = [best('high', 1), best('low', -1)];
  const [first, last] = [bars[0], bars.at(-1)];
  return {
    facts: {
      symbol: name,
      start: query.start,
      end: query.end,
      timeframe: meta.timeframe ?? timeframe,
      ...(more
        ? { note: `The newest ${MAX_POINTS} bars of this timeframe; without one the whole window is covered.` }
        : {}),
      ...(last
        ? {
            summary: {
              first: { time: time(first), close: first!.close },
              last: { time: time(last), close: last.close },
              change_percent: changePercent(first!.close, last.close),
              ...(highest ? { highest: { time: time(highest), high: highest.high } } : {}),
              ...(lowest ? { lowest: { time: time(lowest), low: lowest.low } } : {}),
            },
          }
        : { note: 'No bar in this window.' }),
      prices: RAW,
      first_day: meta.first_day,
      data_through: meta.last_day,
      freshness: freshnessOf(meta.freshness),
      gaps: days ? await gapsIn(rest, name, days) : null,
    },
    list: 'points',
    header: ['time', ...fields.slice(1)].join(','),
    lines: bars.map((row) => line({ ...row, timestamp: time(row) }, fields)),
    keep: 'last',
    everything: addressOf(`${PATH}/bars/${encodeURIComponent(name)}`, {
      ...asked,
      timeframe: meta.timeframe as string,
    }),
  };
}

async function compareSymbols({ symbols, start, end, benchmark }: Query, rest: RestRoutes): Promise<ToolAnswer> {
  const asked = { symbols, start, end, benchmark };
  const { meta } = await rest.rows(COMPARE, { ...asked, limit: 1 });
  const rows = meta.summary as Row[];
  const names = rows.map(({ symbol }) => String(symbol));
  const query = meta.query as Row;
  const window = { start: String(query.start), end: String(query.end) };
  const most = Math.max(10, Math.min(MAX_POINTS, Math.floor(POINT_BYTES / (11 + 8 * names.length))));
  const [bars, coverage] = await Promise.all([
    rest.rows(BARS_OF, { symbols: names, ...window, max_points: most, limit: names.length * (most + 2) }),
    rest.rows(COVERAGE, { symbols: names, ...window, calendar: 'observed' }),
  ]);
  const byTime = new Map<string, Record<string, unknown>>();
  for (const { symbol, timestamp, close } of bars.data) {
    const time = String(timestamp).slice(0, 10);
    byTime.set(time, { ...byTime.get(time), time, [String(symbol)]: close });
  }
  const times = [...byTime.keys()].sort();
  const pairs = (meta.correlations as Row[]).filter(({ symbol, other }) => String(symbol) < String(other));
  const complete = new Map(coverage.data.map((row) => [row.symbol, row]));
  return {
    facts: {
      ...window,
      unknown: meta.unknown,
      prices: RAW,
      data_through: meta.last_day,
      freshness: freshnessOf(meta.freshness),
      summary: rows.map((row) => ({
        ...pick(row, ['symbol', 'first_day', 'last_day', 'total_return', 'cagr', 'volatility', 'max_drawdown']),
        ...pick(row, ['drawdown_peak', 'drawdown_trough', 'drawdown_recovery', 'beta', 'correlation', 'reason']),
        ...pick(complete.get(row.symbol) ?? {}, ['coverage']),
      })),
      correlations: Object.fromEntries(
        pairs.map(({ symbol, other, correlation }) => [
          `${String(symbol)}~${String(other)}`,
          pick({ correlation }, ['correlation']).correlation ?? null,
        ]),
      ),
      points_are: `closes of bars of ${String(bars.meta.timeframe)}`,
    },
    list: 'points',
    header: ['time', ...names].join(','),
    lines: times.map((time) => line(byTime.get(time)!, ['time', ...names])),
    keep: 'last',
    everything: addressOf(`${PATH}/compare`, asked),
  };
}

async function gapsAndQuality({ symbol, start, end }: Query, rest: RestRoutes): Promise<ToolAnswer> {
  const name = String(symbol);
  const [gaps, quality] = await Promise.all([
    rest.rows(gapsRoute(name), { start, end, calendar: await calendarOf(rest, name) }),
    rest.rows(qualityRoute(name), { start, end }),
  ]);
  const query = gaps.meta.query as Row;
  return {
    facts: {
      symbol: name,
      start: query.start,
      end: query.end,
      ...pick(gaps.meta, ['calendar', 'expected_days', 'present_days', 'coverage', 'first_day', 'last_day', 'note']),
      gaps: gaps.data.slice(0, MAX_FINDINGS).map((gap) => pick(gap, ['start', 'end', 'missing_days', 'reason'])),
      gaps_in_all: gaps.data.length,
      suspect_in_all: quality.data.length,
      freshness: freshnessOf(gaps.meta.freshness),
    },
    list: 'suspect',
    rows: quality.data.slice(0, MAX_FINDINGS).map((finding) =>
      pick(
        finding,
        Object.keys(finding).filter((key) => key !== 'symbol'),
      ),
    ),
    everything: [
      addressOf(`${PATH}/gaps/${encodeURIComponent(name)}`, { start, end, calendar: gaps.meta.calendar as string }),
      addressOf(`${PATH}/quality/${encodeURIComponent(name)}`, { start, end }),
    ],
  };
}

/** What trades on weekends has every day; of others the days of the market are expected. */
async function calendarOf(rest: RestRoutes, symbol: string): Promise<string> {
  const { data } = await rest.object(symbolRoute(symbol), { fields: ['is_continuous'] });
  return data.is_continuous === true ? 'all' : 'observed';
}

async function gapsIn(rest: RestRoutes, symbol: string, days: { start: string; end: string }): Promise<Row> {
  const calendar = await calendarOf(rest, symbol);
  const { data, meta } = await rest.rows(gapsRoute(symbol), { ...days, calendar });
  const longest = data.toSorted((a, b) => Number(b.missing_days) - Number(a.missing_days)).slice(0, MAX_GAPS);
  return {
    ...pick(meta, ['calendar', 'expected_days', 'present_days', 'coverage', 'note']),
    ...(longest.length > 0
      ? { longest: longest.map((gap) => pick(gap, ['start', 'end', 'missing_days', 'reason'])) }
      : {}),
  };
}

/** Questions about symbols and their prices. */
export const MARKET_TOOLS: readonly Tool[] = [
  {
    name: 'find_symbols',
    description:
      'Symbols whose name contains `search`, or `symbols` by name: first and last day, newest close, its day and change, returns, 52-week range, whether stale.',
    arguments: { search: text(), symbols: texts(20), limit: integer(1, 20) },
    run: findSymbols,
  },
  {
    name: 'price_history',
    description:
      'One symbol over a window: summary, at most 120 bars (the interval is chosen unless `timeframe` is given), gaps, freshness. No adjustment for splits or dividends.',
    arguments: { symbol: text(), ...DAYS, timeframe: text('such as 1h, 1d, 1w, 1mo') },
    required: ['symbol'],
    run: priceHistory,
  },
  {
    name: 'compare_symbols',
    description:
      'Several symbols over a window: return, growth a year (cagr), volatility, worst drawdown, correlations, beta against `benchmark`, closes, coverage.',
    arguments: { symbols: texts(MAX_SYMBOLS), ...DAYS, benchmark: text() },
    required: ['symbols'],
    run: compareSymbols,
  },
  {
    name: 'gaps_and_quality',
    description:
      'Whether the daily data of a symbol is whole: missing days with reasons, and what looks suspect (spikes, splits, flat runs).',
    arguments: { symbol: text(), ...DAYS },
    required: ['symbol'],
    run: gapsAndQuality,
  },
];
