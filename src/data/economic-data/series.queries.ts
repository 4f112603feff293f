import { Injectable } from '@nestjs/common';
import { ApiError } from '../../base/errors.js';
import { storable } from '../../base/identifiers.js';
import { LIMITS } from '../../base/limits.js';
import { suggestions } from '../../base/nearest.js';
import { columnsOf } from '../../contract/wire.js';
import { build } from '../../sql/build.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, decodeCursor, KEY } from '../../lists/page-token.js';
import { type List, oneOff } from '../../lists/list.js';
import { listPage, type Page } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import { Refreshing } from '../../base/refreshing.js';
import { readObjects } from '../../lists/objects.js';
import { type KnownSpan, type SeriesArgs, SeriesEntry, type SeriesSpan } from './series.model.js';
import { allNames, series, seriesOf } from './series.sql.js';
import { knownBefore } from './known-then.js';

/** Names of the columns that order series. */
export const SERIES_KEY = ['series_id'];
const SERIES_COLUMNS = columnsOf(SeriesEntry);
const TOKENS: CursorShape = { key: [KEY.text(LIMITS.seriesLength)], maxDays: null };
/** Without the count, which is the only column that reads every observation. */
const SPAN = SERIES_COLUMNS.filter(({ property }) => property !== 'observations');

/** The series: which there are, and how far their observations reach. */
@Injectable()
export class SeriesQueries {
  readonly #names: Refreshing<readonly string[]>;

  constructor(private readonly db: Database) {
    this.#names = new Refreshing(() => this.#readNames(), 10_000, 300_000);
  }

  /** Series in the order of the database's collation. */
  list(args: SeriesArgs, param: string): List {
    const binding: Binding = ['series', args.search];
    const after = args.after === undefined ? undefined : decodeCursor(binding, args.after, TOKENS, param).key[0];
    return { statements: [oneOff((limit) => series(args.search, after, limit))], key: SERIES_KEY, binding };
  }

  /** One page of series as rows. */
  page(args: SeriesArgs, param: string, selection: Selection): Promise<Page<SeriesEntry>> {
    return listPage<SeriesEntry>(this.db, this.list(args, param), args.first as number, selection);
  }

  /** How many series a search finds, all without one; at most some seconds old. */
  async count(search: string | undefined): Promise<number> {
    const wanted = search?.toLowerCase() ?? '';
    return (await this.#names.get()).filter((name) => name.toLowerCase().includes(wanted)).length;
  }

  /** What is known of several series, in one statement; unknown ones are absent. */
  async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, SeriesEntry>> {
    const rows = await readObjects<SeriesEntry>(this.db, seriesOf(ids), SERIES_COLUMNS);
    return new Map(rows.map((row) => [row.seriesId, row]));
  }

  /**
   * What is known of a series, its count included.
   * @throws ApiError series_not_found with the three nearest names
   */
  async require(id: string): Promise<SeriesEntry> {
    return (await this.findAll([checkedId(id)])).get(id) ?? (await this.refuse(id, 'id'));
  }

  /**
   * How far a series' observations reach, and its native frequency.
   * @throws ApiError series_not_found with the three nearest names
   */
  async requireSpan(id: string): Promise<SeriesSpan> {
    return (await this.spans([checkedId(id)])).get(id) ?? (await this.refuse(id, 'id'));
  }

  /** The same of several series, in one statement; unknown ones are absent. */
  async spans(ids: readonly string[]): Promise<ReadonlyMap<string, SeriesSpan>> {
    const rows = await readObjects<SeriesSpan>(this.db, seriesOf(ids), SPAN);
    return new Map(rows.map((row) => [row.seriesId, row]));
  }

  /** The names most like one that does not exist, the nearest first. */
  async suggest(id: string): Promise<readonly string[]> {
    return suggestions(id, await this.#names.get()).allowed ?? [];
  }

  /**
   * How far those observations of some series reach that were known at an instant; of each series, known then or not.
   * @param asOf  a day, whose end counts, or an instant
   */
  async spansKnown(ids: readonly string[], asOf: string): Promise<KnownSpan[]> {
    const rows = await readObjects<SeriesSpan>(this.db, seriesOf(ids, knownBefore(asOf)), SPAN);
    const found = new Map(rows.map((row) => [row.seriesId, row]));
    const then = { firstDate: null, lastDate: null, frequency: null, undatedObservations: 0, title: null, unit: null };
    return ids.map((seriesId) => found.get(seriesId) ?? { ...then, seriesId });
  }

  /**
   * Says that there is no such series.
   * @param param  the parameter that names it
   * @throws ApiError series_not_found with the three nearest names
   */
  async refuse(id: string, param: string): Promise<never> {
    throw new ApiError('series_not_found', `There is no series ${JSON.stringify(id)}.`, {
      param,
      ...suggestions(id, await this.#names.get()),
    });
  }

  async #readNames(): Promise<readonly string[]> {
    return (await this.db.rows(allNames().compile(build))).map((row) => row.symbol);
  }
}

/**
 * An id that a series can have.
 * @param param  what it was given as
 * @throws ApiError invalid_parameter where the column could not hold it
 */
export function checkedId(id: string, param = 'id'): string {
  return storable(param, id, LIMITS.seriesLength);
}
