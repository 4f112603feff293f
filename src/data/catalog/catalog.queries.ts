import { Injectable } from '@nestjs/common';
import { build } from '../../sql/build.js';
import { Database } from '../../postgres/database.js';
import { Refreshing } from '../../base/refreshing.js';
import { ALL_DATA_SETS, DATA_SETS, type NamedDataSet, type PlainTable, SCHEMAS } from '../../sql/data-sets.js';
import type { Span } from '../../sql/span.js';
import {
  dayOf,
  daysWindow,
  formatDay,
  formatInstant,
  now,
  parseDay,
  parseInstant,
  startOfDay,
} from '../../base/time.js';
import { ARCHIVE, BarArchive, UNREADABLE } from '../market-data/archive.js';
import { DailyAggregate } from '../market-data/aggregate.js';
import { type DirectoryRow, newestOf } from '../market-data/directory.js';
import { unnamedBars } from '../market-data/directory.sql.js';
import { SymbolDirectory } from '../market-data/symbol-directory.js';
import type { Catalog, DataSet } from './catalog.model.js';
import { type Due, dueAfterSession, dueInTable, lengthOf, verdictAt } from './verdict.js';
import {
  approximateBars,
  bars,
  chunks,
  type ChunksRow,
  extensionSchema,
  plain,
  type RelationRow,
  relations,
} from './catalog.sql.js';

/** What is judged anew for every answer. */
type Judged = 'lagSeconds' | 'state' | 'expectedBy';

/** What one data set adds to what every one has. */
type Details = Partial<Omit<DataSet, Judged>> & { readonly due?: Due };

/** A data set as it was read, with what it is judged by. */
interface ReadDataSet {
  readonly set: Omit<DataSet, Judged>;
  readonly mayLieAhead: boolean;
  readonly due: Due | null;
}

type ReadCatalog = Omit<Catalog, 'dataSets'> & { readonly dataSets: readonly ReadDataSet[] };

/**
 * What is in the database. It is looked up in the background, one statement at a time, each bounded; a request costs
 * none but the first.
 */
@Injectable()
export class CatalogQueries {
  readonly #catalog: Refreshing<ReadCatalog>;

  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly aggregate: DailyAggregate,
    private readonly archive: BarArchive,
  ) {
    this.#catalog = new Refreshing(() => this.#read(), 30_000, 300_000);
  }

  /** The catalog, at most five minutes old; lags and verdicts are those of this moment. */
  async catalog(): Promise<Catalog> {
    const { asOf, dataSets, schemas } = await this.#catalog.get();
    return { asOf, dataSets: dataSets.map((read) => judged(read, now())), schemas };
  }

  async #read(): Promise<ReadCatalog> {
    const found = await this.db.rows(relations(SCHEMAS).compile(build));
    const [extension] = await this.db.rows(extensionSchema().compile(build));
    const readable = new Map(found.filter((row) => row.readable).map((row) => [`${row.schema}.${row.relation}`, row]));
    const compressed = extension ? await this.db.rows(chunks().compile(build)) : [];
    const dataSets: ReadDataSet[] = [];
    // One after the other: the catalog never takes more than one connection from the data routes.
    for (const set of ALL_DATA_SETS) {
      const { name, schema, relation, notes, mayLieAhead } = set;
      const row = readable.get(name);
      const { due, ...details }: Details = row ? await this.#details(set, row, readable, extension?.schema) : {};
      const common = {
        name,
        schema,
        relation,
        available: row !== undefined,
        rows: null,
        first: null,
        last: null,
        timeframes: null,
        sources: null,
        refresh: null,
        compression: row && schema === 'market_data' ? compressionOf(compressed, relation) : null,
        notes: [...notes],
      };
      dataSets.push({ set: { ...common, ...details }, mayLieAhead, due: due ?? null });
    }
    return { asOf: formatInstant(now()), dataSets, schemas: schemasOf(found) };
  }

  async #details(
    { name, kind, due }: NamedDataSet,
    { estimate }: RelationRow,
    others: ReadonlyMap<string, RelationRow>,
    extension?: string,
  ): Promise<Details> {
    if (kind === 'bars') return this.#bars(estimate, others.get(ARCHIVE), extension);
    if (kind === 'aggregate') return this.#daily();
    const { sources, gapDays, ...span } = await this.db.row(plain(name as PlainTable).compile(build));
    return {
      ...span,
      ...(span.last === null || due === 'sessions' ? {} : { due: dueInTable(parseInstant(span.last)!, due, gapDays) }),
      rows: rowsOf(estimate, span),
      sources: sources === null ? null : (JSON.parse(sources) as string[]),
    };
  }

  async #bars(estimate: number, archive: RelationRow | undefined, extension: string | undefined): Promise<Details> {
    const days = daysOf(await this.directory.all());
    if (!days) return { rows: 0, timeframes: [], sources: [] };
    const newest = daysWindow(days.newest, Math.max(days.newest, dayOf(now())));
    const rangeOf = await this.archive.rangeOf();
    const first = rangeOf(daysWindow(days.first, days.first));
    const row = await this.db.row(bars(first, rangeOf(newest)).compile(build));
    const rows = extension ? (await this.db.row(approximateBars(extension).compile(build))).rows : estimate;
    const archived = archive && (await this.archive.found()) ? Math.max(0, archive.estimate) : null;
    const read = `Bars that are not kept in market_data.ohlcv are read from ${ARCHIVE}.`;
    const notes = archive === undefined ? [] : [archived === null ? UNREADABLE : read];
    return {
      notes: [...DATA_SETS['market_data.ohlcv'].notes, ...notes, ...(await this.#oddBars())],
      rows: rowsOf(rows + (archived ?? 0), row),
      first: row.first,
      last: row.last,
      ...(row.last === null ? {} : { due: await this.#dueAfter(row.last, lengthOf(row.lastTimeframe)) }),
      timeframes: JSON.parse(row.timeframes) as string[],
      sources: JSON.parse(row.sources) as string[],
    };
  }

  /** What is odd about the bars: days to come, days that no answer can name, few days years before the rest. */
  async #oddBars(): Promise<string[]> {
    const today = formatDay(dayOf(now()));
    const ahead = (await this.directory.all()).filter(({ lastDay }) => lastDay > today);
    const notes: string[] = [];
    if (ahead.length > 0) {
      const last = ahead.reduce((day, { lastDay }) => (lastDay > day ? lastDay : day), today);
      notes.push(
        `Bars lie ahead, up to ${last} (${ahead.length} symbols, ${ahead[0]!.symbol} among them): no default counts from them, windows that name their days have them.`,
      );
    }
    const { found } = await this.db.row(unnamedBars().compile(build));
    if (found) notes.push('Some bars lie outside of the years 1 to 9999, or at infinity: no answer has them.');
    const stray = (await this.directory.market()).strayDays();
    if (stray.length > 0) {
      const [first, last] = [formatDay(stray[0]!), formatDay(stray.at(-1)!)];
      notes.push(`${stray.length} days with bars, from ${first} to ${last}, lie years before all others.`);
    }
    return notes;
  }

  async #daily(): Promise<Details> {
    const symbols = await this.directory.all();
    const days = daysOf(symbols);
    const span = days ? daysWindow(days.first, days.newest) : null;
    const last = days && formatInstant(daysWindow(days.newest, days.newest).from);
    return {
      rows: symbols.reduce((sum, row) => sum + row.days, 0),
      first: span && formatInstant(span.from),
      last,
      ...(last === null ? {} : { due: await this.#dueAfter(last, startOfDay(1)) }),
      timeframes: ['1d'],
      refresh: await this.aggregate.freshness(),
    };
  }

  async #dueAfter(last: string, length: bigint): Promise<Due> {
    return dueAfterSession(parseInstant(last)!, length, await this.directory.market());
  }
}

/** A data set with what is said of it at a moment; nothing is said of one that may not be read. */
function judged({ set, mayLieAhead, due }: ReadDataSet, at: bigint): DataSet {
  const nothing = { state: null, expectedBy: null, lagSeconds: null };
  return { ...set, ...(set.available ? verdictAt(set.last, mayLieAhead, due, at) : nothing) };
}

/** The planner's estimate of rows; it is none where it denies the rows that are there. */
export function rowsOf(estimate: number, { last }: Span): number | null {
  if (last === null) return 0;
  return estimate > 0 ? Math.round(estimate) : null;
}

/** The first and the newest day of the market; a day to come is the newest only where all lie ahead. */
function daysOf(symbols: readonly DirectoryRow[]): { first: number; newest: number } | null {
  if (symbols.length === 0) return null;
  const some = symbols.filter(({ newestDay }) => newestDay !== null);
  return {
    first: symbols.reduce((day, row) => Math.min(day, parseDay(row.firstDay)!), Infinity),
    newest: (some.length > 0 ? some : symbols).reduce((day, row) => Math.max(day, newestOf(row)), -Infinity),
  };
}

function compressionOf(rows: readonly ChunksRow[], relation: string): DataSet['compression'] {
  const row = rows.find((candidate) => candidate.relation === relation);
  if (!row) return null;
  const { enabled, chunks, compressedChunks, compressAfter } = row;
  return { enabled, chunks, compressedChunks, compressAfter };
}

function schemasOf(found: readonly RelationRow[]): Catalog['schemas'] {
  return SCHEMAS.map((name) => {
    const relations = found.flatMap(({ schema, relation }) => (schema === name ? [relation] : []));
    return { name, empty: relations.length === 0, relations };
  });
}
