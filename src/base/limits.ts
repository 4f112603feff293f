/** The limits that REST and GraphQL share. How long a single text or list may be otherwise is with its declaration. */
export const LIMITS = {
  /** Rows of one page: what is sent when nothing is asked, and the most that may be asked. */
  page: { default: 1000, max: 10_000 },
  /** Bytes of long texts after which a page ends, whatever its limit: what one turn of the event loop can send. */
  pageBytes: 2_000_000,
  /** Bytes of a single text that is sent other than as an export. */
  textBytes: 5_000_000,
  directoryPage: { default: 100, max: 1000 },
  /** Values of a page of many columns: what one turn of the event loop can write. */
  pageValues: 64_000,
  /** Symbols or series that are columns of one list. */
  wideColumns: 100,
  boardPage: { default: 1000, max: 10_000 },
  coveragePage: { default: 500, max: 1000 },
  /** Days with a bar that a page of coverage looks at: a year of the most symbols, fewer symbols of a longer window. */
  coverageDays: 400_000,
  /**
   * Days of all symbols that an export of conditions has, and bars, as their timeframes let expect, that a page of them
   * and an export looks at.
   */
  condition: { exportDays: 100_000, pageBars: 600_000, exportBars: 1_500_000 },
  newsPage: { default: 50, max: 500 },
  eventsPage: { default: 100, max: 1000 },
  /** Symbols of which the newest bars are asked for at once: what a board shows. */
  latestSymbols: 1000,
  /** Sessions before and after an event, pairs of an event and a symbol, and days times symbols that a study reads. */
  studySessions: 60,
  studyEvents: 2000,
  studyDays: 3_000_000,
  /** Symbols in one list of bars, which may be an export. */
  exportSymbols: 500,
  /** Symbols that are compared with each other, and the days with a bar that all of them may have in the window. */
  comparedSymbols: 20,
  comparedDays: 100_000,
  /** Most bars that `max_points` may ask a window to be cut into. */
  maxPoints: 5000,
  /** Longest names that the columns can hold. */
  symbolLength: 20,
  seriesLength: 50,
  /** Longest page token; it may hold names of a list parameter. */
  tokenLength: 4000,
  /** Longest text of any other parameter. */
  textLength: 500,
  /** Widest windows, in days. */
  barsDays: 36_525,
  daysDays: 36_525,
  eventsDays: 3_660,
  newsDays: 3_660,
  /** Default windows, in days back from the newest row. */
  defaultDays: { bars: 30, daily: 365, gaps: 365, breadth: 90, events: 90, news: 30 },
  /** GraphQL: what one operation may cost, in rows, and how many tokens it may have. */
  queryCost: 200_000,
  /** GraphQL: bytes of one answer, of all that are being made, and values that are completed one by one in one. */
  answerBytes: 5_000_000,
  answersBytes: 30_000_000,
  answerValues: 250_000,
  queryTokens: 4_000,
  /** GraphQL: characters of a document, and how deeply it may be nested. */
  queryLength: 32_768,
  queryDepth: 100,
  /** GraphQL: values in the variables, and how deeply they may be nested. */
  variableValues: 10_000,
  variableDepth: 10,
  /** GraphQL: renamed fields of a document, and selections once its fragments are spread. */
  queryAliases: 100,
  querySelections: 10_000,
  /** GraphQL: comparisons of fields of the same name in one place; a pair of fragments counts as ten. */
  queryFieldPairs: 100_000,
} as const;

/** Rows that a page of so many columns holds at most, see {@link LIMITS.pageValues}. */
export function rowsOfColumns(columns: number): number {
  return Math.floor(LIMITS.pageValues / columns);
}
