import { EVER, now } from '../../base/time.js';
import type { KindsOfBars } from '../../data/market-data/bar-kinds.js';
import type { BarsQueries } from '../../data/market-data/bars.queries.js';
import type { EventsQueries } from '../../data/events/events.queries.js';
import type { SymbolDirectory } from '../../data/market-data/symbol-directory.js';
import type { SymbolsQueries } from '../../data/market-data/symbols.queries.js';
import { Cache } from '../../contract/caching.js';
import { etagOf } from '../../contract/etag.js';
import { FORMATS } from '../../contract/formats.js';
import type { Database } from '../../postgres/database.js';
import type { Answer } from '../../rest/answer.js';
import { ChartSymbols } from './chart-symbols.js';
import { ChartHistory, instantOf } from './history.js';
import { ChartMarks } from './marks.js';
import { RESOLUTIONS } from './resolutions.js';
import type { UdfHistoryArgs, UdfSearchArgs, UdfStretchArgs, UdfSymbolArgs } from './udf.model.js';

/** What the feed asks. */
export interface UdfParts {
  readonly db: Database;
  readonly directory: SymbolDirectory;
  readonly symbols: SymbolsQueries;
  readonly kinds: KindsOfBars;
  readonly bars: BarsQueries;
  readonly events: EventsQueries;
}

const CONFIG = {
  supported_resolutions: RESOLUTIONS,
  supports_search: true,
  supports_group_request: false,
  supports_marks: true,
  supports_timescale_marks: true,
  supports_time: true,
  exchanges: [{ value: '', name: 'All', desc: '' }],
  symbols_types: [{ value: '', name: 'All' }],
};

/** TradingView's Universal Data Feed over the queries of bars, symbols and events. */
export class Udf {
  readonly #symbols: ChartSymbols;
  readonly #history: ChartHistory;
  readonly #marks: ChartMarks;

  constructor({ db, directory, symbols, kinds, bars, events }: UdfParts) {
    this.#symbols = new ChartSymbols(directory, symbols);
    this.#history = new ChartHistory(db, bars, kinds);
    this.#marks = new ChartMarks(db, events);
  }

  config(): Answer {
    return answer(JSON.stringify(CONFIG));
  }

  async symbol({ symbol }: UdfSymbolArgs): Promise<Answer> {
    return answer(JSON.stringify(await this.#symbols.describe(symbol)));
  }

  async search(args: UdfSearchArgs): Promise<Answer> {
    return answer(JSON.stringify(await this.#symbols.search(args)));
  }

  async history(args: UdfHistoryArgs): Promise<Answer> {
    const row = await this.#symbols.require(args.symbol);
    const end = instantOf(args.to);
    return answer(await this.#history.of(row, args), end > now() && end < EVER.to ? Cache.LATEST : Cache.DEFAULT);
  }

  async marks(args: UdfStretchArgs): Promise<Answer> {
    const { symbol } = await this.#symbols.require(args.symbol);
    return answer(JSON.stringify(await this.#marks.ofBars(symbol, args)));
  }

  async timescaleMarks(args: UdfStretchArgs): Promise<Answer> {
    await this.#symbols.require(args.symbol);
    return answer(JSON.stringify(await this.#marks.ofTimeScale(args)));
  }
}

function answer(body: string, cache: Cache = Cache.DEFAULT): Answer {
  const type = FORMATS.json.contentType;
  return { body, type, cache, etag: etagOf([type, body]) };
}
