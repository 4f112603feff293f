import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Refreshing } from '../../base/refreshing.js';
import { dayOf, now, startOfDay, type TimeWindow } from '../../base/time.js';
import { Database } from '../../postgres/database.js';
import { ARCHIVED_COLUMNS, type BarRange } from '../../sql/bars.js';
import { build } from '../../sql/build.js';
import { DATA_SETS } from '../../sql/data-sets.js';
import { readStored } from '../../sql/tables.js';
import { type ArchiveColumn, archiveColumns } from './archive.sql.js';

/** Ages in milliseconds: at which it is looked for again while it is used, and from which requests wait for that. */
const [RENEW_AFTER_MS, MAX_AGE_MS] = [5_000, 30_000];

/**
 * Days back from now of which no bar is ever archived. `tetra retain` keeps at least 30 (a check of its table); the
 * rest is room for clocks that differ.
 */
const NEVER_ARCHIVED_DAYS = 14;

/** Whether there is an archive that can be read, and what `tetra retain` works by. */
interface Archive {
  readonly found: boolean;
  readonly moved: boolean;
}

/** Says of a window whether the archive may hold bars of it. */
export type RangeOf = (window: TimeWindow) => BarRange;

/**
 * Knows whether `market_data.ohlcv_archive` is there, in which `tetra retain` keeps the bars that it takes out of the
 * hypertable. It need not be. Where it is, each statement about days that may have been archived reads it, too: up to
 * where bars were moved is nothing that one statement may tell the next, as the job may move more in between.
 */
@Injectable()
export class BarArchive implements OnApplicationBootstrap {
  readonly #archive: Refreshing<Archive>;

  constructor(private readonly db: Database) {
    this.#archive = new Refreshing(() => this.#read(), RENEW_AFTER_MS, MAX_AGE_MS);
  }

  /** Starts to look for it, so that the first request need not. */
  onApplicationBootstrap(): void {
    this.#archive.renew().catch(() => undefined);
  }

  /** Whether it is there, with every column that is read, and on every server that is asked. */
  async found(): Promise<boolean> {
    return (await this.#archive.get()).found;
  }

  /** The relation that an export holds while it reads the archive; null where nobody moves bars. */
  async held(): Promise<string | null> {
    const { found, moved } = await this.#archive.get();
    return found && moved ? 'market_data.ohlcv_retention' : null;
  }

  /** What makes ranges of windows, as of now. */
  async rangeOf(): Promise<RangeOf> {
    const found = await this.found();
    return (window) => barRange(window, found);
  }

  async #read(): Promise<Archive> {
    const answers = await this.db.everywhere<ArchiveColumn>(archiveColumns().compile(build));
    return {
      found: answers.every(({ rows }) => isReadable(rows)),
      moved: answers.every(({ rows }) => rows.some(({ relation }) => relation === 'ohlcv_retention')),
    };
  }
}

/** @param archive  whether there is one */
export function barRange({ from, to }: TimeWindow, archive: boolean): BarRange {
  return { from, to, archive: archive && from < startOfDay(dayOf(now()) - NEVER_ARCHIVED_DAYS) };
}

function isReadable(columns: readonly ArchiveColumn[]): boolean {
  const archived = columns.filter(({ relation }) => relation === 'ohlcv_archive');
  const types = new Map(archived.map(({ name, type }) => [name, type]));
  const stored = DATA_SETS['market_data.ohlcv'].columns;
  return ARCHIVED_COLUMNS.every((name) => readStored(stored[name]).type.test(types.get(name) ?? ''));
}
