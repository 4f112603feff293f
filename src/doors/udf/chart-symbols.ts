import { ApiError } from '../../base/errors.js';
import type { DirectoryRow } from '../../data/market-data/directory.js';
import type { SymbolDirectory } from '../../data/market-data/symbol-directory.js';
import type { SymbolsQueries } from '../../data/market-data/symbols.queries.js';
import { minutesOf, resolutionsOf } from './resolutions.js';
import type { UdfSearchArgs } from './udf.model.js';

/** Charts want to know what a symbol is, which the data do not say. */
const TYPE = 'stock';
/** Digits of prices where there are none to learn it from. */
const DEFAULT_DECIMALS = 2;

/** Symbols as charts want to know them. */
export class ChartSymbols {
  constructor(
    private readonly directory: SymbolDirectory,
    private readonly symbols: SymbolsQueries,
  ) {}

  /**
   * The symbol that a chart names. Charts write capitals: what is no symbol as it is written is one that differs from
   * it in capitals only, where there is just one.
   * @throws ApiError symbol_not_found with the three nearest names
   */
  async require(name: string): Promise<DirectoryRow> {
    try {
      return await this.directory.require(name);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'symbol_not_found') throw error;
      const alike = (await this.directory.all()).filter(({ symbol }) => symbol.toLowerCase() === name.toLowerCase());
      const [only, ...others] = alike;
      if (only && others.length === 0) return only;
      throw error;
    }
  }

  /** What a chart has to know of a symbol. */
  async describe(name: string): Promise<object> {
    const row = await this.require(name);
    const [known] = await this.symbols.describe([row]);
    const { symbol, timeframes, priceDecimals, hasEnded } = known!;
    const resolutions = resolutionsOf(timeframes);
    const minutes = minutesOf(resolutions);
    return {
      name: symbol,
      ticker: symbol,
      description: descriptionOf(row),
      type: TYPE,
      exchange: '',
      'exchange-traded': '',
      'exchange-listed': '',
      exchange_listed_name: '',
      // Bars begin in UTC, and no session of an exchange is known.
      session: '24x7',
      timezone: 'Etc/UTC',
      minmov: 1,
      minmov2: 0,
      pricescale: 10 ** (priceDecimals ?? DEFAULT_DECIMALS),
      volume_precision: 0,
      visible_plots_set: 'ohlcv',
      has_intraday: minutes.length > 0,
      intraday_multipliers: minutes,
      has_daily: true,
      daily_multipliers: ['1'],
      has_weekly_and_monthly: true,
      weekly_multipliers: ['1'],
      monthly_multipliers: ['1', '3', '12'],
      supported_resolutions: resolutions,
      data_status: hasEnded || minutes.length === 0 ? 'endofday' : 'delayed_streaming',
    };
  }

  /** The symbols that a text is part of: itself first, then those that begin with it. */
  async search({ query = '', type = TYPE, exchange = '', limit }: UdfSearchArgs): Promise<object[]> {
    if (type !== TYPE || exchange !== '') return [];
    const wanted = query.toLowerCase();
    const ranks: DirectoryRow[][] = [[], [], []];
    for (const row of await this.directory.all()) {
      const place = row.symbol.toLowerCase().indexOf(wanted);
      if (place < 0) continue;
      const rank = place > 0 ? 2 : row.symbol.length > wanted.length ? 1 : 0;
      if (ranks[rank]!.length < limit) ranks[rank]!.push(row);
    }
    return ranks
      .flat()
      .slice(0, limit)
      .map((row) => ({
        symbol: row.symbol,
        full_name: row.symbol,
        description: descriptionOf(row),
        exchange: '',
        ticker: row.symbol,
        type: TYPE,
      }));
  }
}

function descriptionOf({ firstDay, lastDay }: DirectoryRow): string {
  return `${firstDay} to ${lastDay}`;
}
