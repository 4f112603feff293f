import { Injectable } from '@nestjs/common';
import { Refreshing } from '../../base/refreshing.js';
import type { TimeWindow } from '../../base/time.js';
import type { SortDirection } from '../../contract/sort.js';
import { Database } from '../../postgres/database.js';
import type { BarRange } from '../../sql/bars.js';
import { build } from '../../sql/build.js';
import { isUnknownCatalog } from './aggregate-state.js';
import { BarArchive } from './archive.js';
import { chunkRanges, hasChunks } from './chunks.sql.js';
import { type Days, type Edges, Openings, partsOf } from './window-parts.js';

/** The chunks of the bars and of the daily aggregate. */
export interface KnownChunks {
  readonly bars: readonly Days[];
  readonly stored: readonly Days[];
  /** What a statement on the bars alone opens. */
  readonly openings: Pick<Openings, 'count'>;
}

/** Age at which chunks are read again while they are used, and from which requests wait for it. */
const [RENEW_AFTER_MS, MAX_AGE_MS] = [10_000, 600_000];

/** What a table without chunks opens: the database has only PostgreSQL's own index to look into. */
const NONE: KnownChunks = { bars: [], stored: [], openings: new Openings([]) };

/** Where chunks cannot be seen they are taken for what they are when nobody has changed it: seven days each. */
const UNSEEN: KnownChunks = { ...NONE, openings: { count: (from, to) => Math.ceil((to - from) / 7) + 1 } };

/**
 * Knows where chunks are, and so how much of a window one statement may read. Whether a row is found never depends on
 * it: parts of a window have all of it, and chunks that are new only make a statement open more of them.
 */
@Injectable()
export class Chunks {
  readonly #known: Refreshing<KnownChunks>;

  constructor(
    private readonly db: Database,
    private readonly archive: BarArchive,
  ) {
    this.#known = new Refreshing(() => this.#read(), RENEW_AFTER_MS, MAX_AGE_MS);
  }

  /** The chunks, at most ten minutes old. */
  get(): Promise<KnownChunks> {
    return this.#known.get();
  }

  /** The ranges of a window, in the order in which rows are read, of which each is one statement on the bars. */
  async ranges(window: TimeWindow, sort: SortDirection): Promise<BarRange[]> {
    const rangeOf = await this.archive.rangeOf();
    return (await this.parts(window, sort)).map(rangeOf);
  }

  /**
   * The parts of a window, in the order in which rows are read, whose bars a statement each may read.
   * @param how  `edges`: where it may be cut, if not at every day; `around`: days before and after each part that its
   *             statement reads, too
   */
  async parts(
    window: TimeWindow,
    sort: SortDirection,
    { edges, around = 0 }: { readonly edges?: Edges; readonly around?: number } = {},
  ): Promise<TimeWindow[]> {
    const { openings } = await this.#known.get();
    // Where chunks are short, those around alone may be too many: then a part has half as many of its own.
    const count = (from: number, to: number): number =>
      Math.min(openings.count(from - around, to + around), 2 * openings.count(from, to));
    return partsOf(window, sort, { count }, edges);
  }

  async #read(): Promise<KnownChunks> {
    if (!(await this.db.row(hasChunks().compile(build))).found) return NONE;
    try {
      const row = await this.db.row(chunkRanges().compile(build));
      const [bars, stored] = [row.bars, row.stored].map((text) => JSON.parse(text) as Days[]) as [Days[], Days[]];
      return { bars, stored, openings: new Openings(bars) };
    } catch (error) {
      if (!isUnknownCatalog(error)) throw error;
      return UNSEEN;
    }
  }
}
