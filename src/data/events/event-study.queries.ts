import { Injectable } from '@nestjs/common';
import { ApiError, invalid } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { startOfDay, type TimeWindow } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import { resolveWindow } from '../../lists/window.js';
import { Database } from '../../postgres/database.js';
import { build } from '../../sql/build.js';
import { addSums, cumulate, ESTIMATION, studyStatistics, type StudySums } from '../derived/event-study.js';
import type { Freshness } from '../market-data/daily.model.js';
import { SymbolDirectory } from '../market-data/symbol-directory.js';
import { type EventStudy, EventTiming, type Reaction, type ReactionArgs, type StudyArgs } from './event-study.model.js';
import { reactions, type ReactionRow, study, timedEvents, timedEventsById } from './event-study.sql.js';
import { EventsQueries } from './events.queries.js';
import { type Pair, StudyGroups } from './study-groups.js';

const HOUR_UNKNOWN =
  'The hour is not known (midnight UTC): what it did may be in the session after session 0, or before it.';

/** What happened around events: to one symbol after one event, and after all events of a kind. */
@Injectable()
export class EventStudyQueries {
  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly events: EventsQueries,
    private readonly groups: StudyGroups,
  ) {}

  /**
   * The reaction to each of some events, in their order; null where there is no such event or no symbol to look at.
   * Events that are near to each other share a statement.
   * @throws ApiError symbol_not_found for a symbol or a benchmark that does not exist
   */
  async reactions(ids: readonly string[], args: ReactionArgs): Promise<(Reaction | null)[]> {
    const rows = await this.db.rows(timedEventsById(ids).compile(build));
    const found = new Map(rows.map((row) => [row.id, row]));
    const asked = args.symbol === undefined ? null : (await this.directory.require(args.symbol)).symbol;
    const pairs = ids.flatMap((id): Pair[] => {
      const event = found.get(id);
      const symbol = asked ?? event?.symbol ?? null;
      return event && symbol !== null ? [{ event, symbol }] : [];
    });
    const around = { before: args.before, after: args.after };
    const { groups, freshness } = await this.groups.of(pairs, args, ESTIMATION.sessions);
    const made = new Map<string, Reaction>();
    for (const group of groups) {
      const query = this.groups.query('reactions', group, around, reactions);
      const byPlace = Map.groupBy(await this.db.rows(query), ({ place }) => place);
      for (const [place, pair] of group.pairs.entries()) {
        made.set(pair.event.id, reactionOf(pair, byPlace.get(place) ?? [], args, freshness));
      }
    }
    return ids.map((id) => made.get(id) ?? null);
  }

  /**
   * The reaction to one event.
   * @throws ApiError event_not_found; invalid_parameter where the event names no symbol and none is asked for
   */
  async requireReaction(id: string, args: ReactionArgs): Promise<Reaction> {
    const [reaction] = await this.reactions([id], args);
    if (reaction) return reaction;
    const { symbol } = await this.events.require(id);
    if (symbol !== null || args.symbol !== undefined)
      throw new ApiError('event_not_found', `Event ${id} has no date.`, { param: 'id' });
    throw invalid(nameOf(args, 'symbol'), `Event ${id} names no symbol: say whose reaction it is.`);
  }

  /**
   * What the events of some types have in common.
   * @throws ApiError limit_exceeded where there are more events, or more daily bars to read, than a study takes
   */
  async study(args: StudyArgs): Promise<EventStudy> {
    const { rows, unknown } = args.symbols ? await this.directory.resolve(args.symbols) : { rows: null, unknown: [] };
    const symbols = rows?.map(({ symbol }) => symbol) ?? null;
    const window = await this.#window(args);
    const { types } = await this.events.known(args);
    const most = LIMITS.studyEvents;
    const events = await this.db.rows(timedEvents(window, types, symbols, most + 1).compile(build));
    const pairs = events.flatMap((event): Pair[] =>
      event.symbol === null ? (symbols ?? []).map((symbol) => ({ event, symbol })) : [{ event, symbol: event.symbol }],
    );
    if (events.length > most || pairs.length > most) {
      throw new ApiError('limit_exceeded', `A study takes at most ${most} pairs of an event and a symbol.`, {
        param: nameOf(args, 'start'),
        hint: 'Ask for fewer symbols or a shorter window.',
      });
    }
    const around = { before: args.before, after: args.after };
    const { groups, freshness } = await this.groups.of(pairs, args, 0);
    const sums = new Map<number, StudySums>();
    for (const group of groups) {
      for (const { session, ...own } of await this.db.rows(this.groups.query('study', group, around, study))) {
        const before = sums.get(session);
        sums.set(session, before ? addSums(before, own) : own);
      }
    }
    const sessions = [...sums].map(([session, all]) => ({ session, ...studyStatistics(all) }));
    const hourUnknown = pairs.filter(({ event }) => event.timing === EventTiming.UNKNOWN).length;
    const counts = {
      found: pairs.length,
      studied: sessions[0]?.events ?? 0,
      withoutSymbol: symbols === null ? events.filter(({ symbol }) => symbol === null).length : 0,
      hourUnknown,
    };
    return { ...counts, sessions, warnings: warningsOf(counts), unknown, window, freshness };
  }

  async #window(args: StudyArgs): Promise<TimeWindow> {
    const end = startOfDay((await this.directory.newestDay()) + 1);
    return resolveWindow(args, { end, days: LIMITS.defaultDays.daily, maxDays: LIMITS.eventsDays });
  }
}

function reactionOf(
  { event, symbol }: Pair,
  rows: readonly ReactionRow[],
  { before, after, benchmark }: ReactionArgs,
  freshness: Freshness,
): Reaction {
  const estimated = rows[0]?.estimated ?? 0;
  const deviation = estimated < ESTIMATION.fewest ? null : rows[0]!.deviation;
  const sums = cumulate(
    rows.map((row) => row.abnormal),
    deviation,
  );
  const missing = before + after + 1 - rows.length;
  return {
    symbol,
    benchmark,
    timing: event.timing,
    estimationSessions: estimated,
    deviation,
    warnings: [
      ...(event.timing === EventTiming.UNKNOWN ? [HOUR_UNKNOWN] : []),
      ...(missing === 0 ? [] : [`${missing} of the sessions are not there: ${symbol} has no bar of them.`]),
    ],
    sessions: rows.map((row, i) => ({
      session: row.session,
      day: row.day,
      close: row.close,
      return: row.return,
      benchmarkReturn: row.benchmark,
      abnormalReturn: row.abnormal,
      cumulatedReturn: sums[i]!.cumulated,
      t: sums[i]!.t,
    })),
    freshness,
  };
}

function warningsOf(counts: Pick<EventStudy, 'found' | 'studied' | 'withoutSymbol' | 'hourUnknown'>): string[] {
  const { found, studied, withoutSymbol, hourUnknown } = counts;
  const said: [count: number, warning: string][] = [
    [hourUnknown, `of ${found} have no hour (midnight UTC): what they did may be a session later, or earlier.`],
    [found - studied, `of ${found} lack a session or a return of the benchmark in it, and are left out.`],
    [withoutSymbol, 'events name no symbol, and are left out: name the symbols to look at them in.'],
  ];
  return said.flatMap(([count, warning]) => (count > 0 ? [`${count} ${warning}`] : []));
}
