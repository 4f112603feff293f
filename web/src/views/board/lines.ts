import { signal } from '@preact/signals';
import { BoardLines, type BoardLinesQuery } from '../../api/operations';
import { send } from '../../api/send';
import { addDays, weekday } from '../../format/time';

/** A line of closes and a year of days, drawn small. */
export interface Lines {
  /** Closes of the last 60 sessions, oldest first: null where the day is missing, NaN outside the symbol's life. */
  readonly closes: readonly (number | null)[];
  /** A week each: whole, missing or outside its life. */
  readonly weeks: readonly ('whole' | 'missing' | 'outside')[];
  readonly missing: number;
}

const SESSIONS = 60;
/** So many symbols have a year of days on one page. */
const TOGETHER = 24;

const kept = new Map<string, Lines>();
const asked = new Set<string>();
let ofSession = '';
/** Changes when there are more lines. */
export const linesRead = signal(0);

/** The lines of a symbol, if they were read. */
export const linesOf = (symbol: string): Lines | undefined => kept.get(symbol);

/**
 * Asks for the lines of the symbols in sight, some at a time; those of another session are forgotten.
 * @param session  newest session of the market
 */
export async function wantLines(symbols: readonly string[], session: string): Promise<void> {
  if (session !== ofSession) {
    ofSession = session;
    kept.clear();
    asked.clear();
  }
  const wanted = symbols.filter((symbol) => !asked.has(symbol));
  for (const symbol of wanted) asked.add(symbol);
  for (let i = 0; i < wanted.length; i += TOGETHER) {
    const some = wanted.slice(i, i + TOGETHER);
    try {
      const { data } = await send(BoardLines, { symbols: some, start: addDays(session, -100) });
      if (session !== ofSession) return;
      for (const symbol of some) kept.set(symbol, EMPTY);
      for (const [symbol, lines] of gathered(data, session)) kept.set(symbol, lines);
    } catch {
      // The board says what is wrong with the database; the lines come with the next look.
      for (const symbol of some) asked.delete(symbol);
      return;
    }
    linesRead.value += 1;
  }
}

const EMPTY: Lines = { closes: [], weeks: [], missing: 0 };

function* gathered(data: BoardLinesQuery, session: string): Generator<[string, Lines]> {
  const closes = new Map<string, number>();
  const daily = data.daily?.columns;
  daily?.symbol.forEach((symbol, i) => {
    const close = daily.close[i];
    if (close !== null) closes.set(`${symbol} ${daily.day[i]!}`, Number(close));
  });
  const days = data.condition?.columns;
  if (!days) return;
  let from = 0;
  for (let i = 1; i <= days.symbol.length; i += 1) {
    if (i < days.symbol.length && days.symbol[i] === days.symbol[from]) continue;
    const symbol = days.symbol[from]!;
    const places: (number | null)[] = [];
    const weeks: Lines['weeks'][number][] = [];
    let missing = 0;
    for (let at = from; at < i; at += 1) {
      const day = days.day[at]!;
      const condition = days.condition[at]!;
      const reason = days.reason[at];
      const outside = reason === 'BEFORE_FIRST_BAR' || reason === 'AFTER_LAST_BAR';
      const gone = condition === 'MISSING' && !outside;
      if (gone) missing += 1;
      if (weeks.length === 0 || weekday(day) === 1) weeks.push('outside');
      if (gone) weeks[weeks.length - 1] = 'missing';
      else if (!outside && condition !== 'MARKET_CLOSED' && weeks.at(-1) === 'outside')
        weeks[weeks.length - 1] = 'whole';
      const close = closes.get(`${symbol} ${day}`);
      if (close !== undefined) places.push(close);
      else if (gone) places.push(null);
      else if (outside && day <= session && weekday(day) % 6 !== 0) places.push(NaN);
    }
    yield [symbol, { closes: places.slice(-SESSIONS), weeks, missing }];
    from = i;
  }
}
