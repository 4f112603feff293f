import { Injectable } from '@nestjs/common';
import { Refreshing } from '../../base/refreshing.js';
import { Database } from '../../postgres/database.js';
import { build } from '../../sql/build.js';
import { join, type Stretch } from './aggregate-state.js';
import { archivedYears, type MicrosRange, unstoredDays } from './archive.sql.js';

/** Ages in milliseconds at which the days are looked through again, and from which requests wait for that. */
const [RENEW_AFTER_MS, MAX_AGE_MS] = [60_000, 120_000];

interface Looked {
  /** The aggregate that was looked at, by its number in the catalog. */
  readonly aggregate: number | null;
  readonly days: readonly Stretch[];
}

/**
 * Knows which archived days the daily aggregate does not have. `tetra retain` archives only what is stored, so these
 * are the days of an aggregate that was made anew since, or from which somebody refreshed them away. An aggregate that
 * is new is looked at before it is used.
 */
@Injectable()
export class UnstoredDays {
  readonly #looked: Refreshing<Looked>;
  #aggregate: number | null = null;

  constructor(private readonly db: Database) {
    this.#looked = new Refreshing(() => this.#read(), RENEW_AFTER_MS, MAX_AGE_MS);
  }

  /** The days in order, those that lie close together as one stretch; on several servers what any of them lacks. */
  async of(aggregate: number): Promise<readonly Stretch[]> {
    this.#aggregate = aggregate;
    let looked = await this.#looked.get();
    // A look under way may have begun at the one before.
    while (looked.aggregate !== aggregate) looked = await this.#looked.renew();
    return looked.days;
  }

  async #read(): Promise<Looked> {
    const aggregate = this.#aggregate;
    const found: MicrosRange[] = [];
    for (const { from, to } of await this.db.rows(archivedYears().compile(build))) {
      const year = unstoredDays({ from: BigInt(from), to: BigInt(to) }).compile(build);
      for (const { rows } of await this.db.everywhere<MicrosRange>(year)) found.push(...rows);
    }
    const days = found.map(({ from, to }): Stretch => ({ from: BigInt(from), to: BigInt(to), outOfDate: false }));
    return { aggregate, days: join(days, 0) };
  }
}
