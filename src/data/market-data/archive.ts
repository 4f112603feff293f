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

/** How the archive is to a role. */
export interface Archive {
  /** Whether it is there, and whether it can be read, with every column as it is needed. */
  readonly there: boolean;
  readonly readable: boolean;
  /** Whether the role may read all that is there of it. */
  readonly allowed: boolean;
  /** Columns that are missing or of another type. */
  readonly faults: readonly { relation: string; column: string; type: string | null }[];
  /** Whether what `tetra retain` works by can be read, too. */
  readonly moved: boolean;
}

/** The archive of bars. */
export const ARCHIVE = 'market_data.ohlcv_archive';

/** What an answer that may lack archived bars says. */
export const UNREADABLE =
  'Bars that were archived are missing here: the archive cannot be read. /v1/monitoring/database says what mends that.';

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
    return (await this.#archive.get()).readable;
  }

  /** What an answer about a window has to say where there is an archive that cannot be read; else null. */
  async noteOn(window: TimeWindow): Promise<string | null> {
    const { there, readable } = await this.#archive.get();
    return there && !readable && mayBeArchived(window) ? UNREADABLE : null;
  }

  /** What makes ranges of windows, as of now. */
  async rangeOf(): Promise<RangeOf> {
    const found = await this.found();
    return (window) => barRange(window, found);
  }

  async #read(): Promise<Archive> {
    const answers = await this.db.everywhere<ArchiveColumn>(archiveColumns().compile(build));
    const archives = answers.map(({ rows }) => archiveOf(rows));
    return {
      there: archives.some(({ there }) => there),
      readable: archives.every(({ readable }) => readable),
      allowed: archives.every(({ allowed }) => allowed),
      faults: archives.flatMap(({ faults }) => faults),
      moved: archives.every(({ moved }) => moved),
    };
  }
}

/** @param archive  whether there is one */
export function barRange({ from, to }: TimeWindow, archive: boolean): BarRange {
  return { from, to, archive: archive && mayBeArchived({ from, to }) };
}

function mayBeArchived({ from }: TimeWindow): boolean {
  return from < startOfDay(dayOf(now()) - NEVER_ARCHIVED_DAYS);
}

/** How the archive is, by the columns of its relations. */
export function archiveOf(columns: readonly ArchiveColumn[]): Archive {
  const [archived, retention] = ['ohlcv_archive', 'ohlcv_retention'].map((name) =>
    columns.filter(({ relation }) => relation === name),
  ) as [ArchiveColumn[], ArchiveColumn[]];
  const there = archived.length > 0;
  const known = new Map(archived.map((column) => [column.name, column]));
  const stored = DATA_SETS['market_data.ohlcv'].columns;
  const differ = ARCHIVED_COLUMNS.filter((name) => !readStored(stored[name]).type.test(known.get(name)?.type ?? ''));
  const faults = there
    ? differ.map((column) => ({ relation: ARCHIVE, column, type: known.get(column)?.type ?? null }))
    : [];
  const allowed = columns.every(({ readable }) => readable);
  const moved = retention.some(({ readable }) => readable);
  const readable = there && archived.every((column) => column.readable) && faults.length === 0;
  return { there, readable, allowed, faults, moved };
}
