import { Injectable } from '@nestjs/common';
import { Refreshing } from '../../base/refreshing.js';
import { EVER, parseInstant, type TimeWindow } from '../../base/time.js';
import { matchKnown } from '../../lists/known-values.js';
import { Database } from '../../postgres/database.js';
import { build } from '../../sql/build.js';
import { type Cut, edges, zoneNames } from './interval-bars.sql.js';

/** Names that mean UTC at all times. */
const NAMES_OF_UTC = new Set(['UTC', 'UCT', 'GMT', 'Zulu', 'Universal', 'Greenwich', 'Etc/UTC', 'Etc/UCT', 'Etc/GMT']);

/** Age in milliseconds at which the names are read again: they change with a new version of PostgreSQL. */
const RENEW_AFTER_MS = 86_400_000;

const NO_ZONE = 'is no time zone that the database knows';

/** Windows whose edges are remembered. */
const MAX_WINDOWS = 1000;

/** A window of whole bars, and how far the zone is from UTC in it, in microseconds, each offset once. */
export interface Widened {
  readonly window: TimeWindow;
  readonly offsets: readonly bigint[];
}

/** The time zones that PostgreSQL knows. It alone says when their clocks change, so that all answers agree on it. */
@Injectable()
export class TimeZones {
  readonly #names: Refreshing<readonly string[]>;
  readonly #widened = new Map<string, Widened>();

  constructor(private readonly db: Database) {
    this.#names = new Refreshing(
      async () => (await this.db.rows(zoneNames().compile(build))).map(({ name }) => name),
      RENEW_AFTER_MS,
      Infinity,
    );
  }

  /**
   * A time zone by the name that PostgreSQL has for it, whichever way its letters are written; `UTC` for what is UTC.
   * @throws ApiError invalid_parameter where there is no such zone, with the nearest names
   */
  async match(param: string, name: string): Promise<string> {
    if (NAMES_OF_UTC.has(name)) return 'UTC';
    const [found] = matchKnown(param, [name], { values: await this.#names.get(), complete: true }, NO_ZONE);
    return NAMES_OF_UTC.has(found!) ? 'UTC' : found!;
  }

  /** A window widened to whole bars of a cut. */
  async widen(cut: Cut, window: TimeWindow): Promise<Widened> {
    const key = [cut.interval.name, cut.tz, window.from, window.to].join();
    const known = this.#widened.get(key);
    if (known) return known;
    const { from, to, offsets } = await this.db.row(edges(cut, window).compile(build));
    const widened = {
      window: { from: from === null ? EVER.from : parseInstant(from)!, to: to === null ? EVER.to : parseInstant(to)! },
      offsets: (JSON.parse(offsets) as number[]).map((seconds) => BigInt(seconds) * 1_000_000n),
    };
    if (this.#widened.size >= MAX_WINDOWS) this.#widened.clear();
    this.#widened.set(key, widened);
    return widened;
  }
}
