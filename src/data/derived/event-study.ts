/**
 * Event studies with the market-adjusted model: the abnormal return of a session is the return of the symbol less that
 * of its benchmark on the same day.
 * Sources: A. C. MacKinlay, "Event Studies in Economics and Finance", Journal of Economic Literature 35 (1997), 13–39;
 * S. J. Brown and J. B. Warner, "Using Daily Stock Returns", Journal of Financial Economics 14 (1985), 3–31.
 */

/** Sessions before the first one of the event from which the usual deviation is taken, and the fewest that tell it. */
export const ESTIMATION = { sessions: 120, fewest: 30 } as const;
/** Days that the close before may lie back of which a return is made. */
export const RETURN_DAYS = 31;

/** Days of the calendar within which so many sessions have to be, holidays and missing days allowed for. */
export function daysOf(sessions: number): number {
  return Math.ceil((sessions * 7) / 5) + 15;
}

/** What is added up over the events of a study in one session. */
export interface StudySums {
  readonly events: number;
  readonly return: number;
  readonly benchmark: number;
  readonly abnormal: number;
  /** Of the returns cumulated so far, and of their squares. */
  readonly cumulated: number;
  readonly squares: number;
  /** Events whose cumulated return is above zero. */
  readonly positive: number;
}

/** The statistics of one session of a study; null where there are too few events. */
export interface StudyStatistics {
  readonly events: number;
  readonly meanReturn: number | null;
  readonly meanBenchmark: number | null;
  readonly meanAbnormal: number | null;
  readonly meanCumulated: number | null;
  readonly deviation: number | null;
  readonly t: number | null;
  readonly hitRate: number | null;
}

/** The sums of the same session over several groups of events. */
export function addSums(a: StudySums, b: StudySums): StudySums {
  return {
    events: a.events + b.events,
    return: a.return + b.return,
    benchmark: a.benchmark + b.benchmark,
    abnormal: a.abnormal + b.abnormal,
    cumulated: a.cumulated + b.cumulated,
    squares: a.squares + b.squares,
    positive: a.positive + b.positive,
  };
}

/**
 * CAAR, the mean of the cumulated abnormal returns of n events; their sample deviation s; t = CAAR / (s / √n), across
 * events; and the share of events above zero.
 */
export function studyStatistics(sums: StudySums): StudyStatistics {
  const { events: n } = sums;
  const mean = (sum: number): number | null => (n === 0 ? null : sum / n);
  const caar = mean(sums.cumulated);
  const variance = n < 2 ? null : Math.max(0, (sums.squares - sums.cumulated ** 2 / n) / (n - 1));
  const deviation = variance === null ? null : Math.sqrt(variance);
  return {
    events: n,
    meanReturn: mean(sums.return),
    meanBenchmark: mean(sums.benchmark),
    meanAbnormal: mean(sums.abnormal),
    meanCumulated: caar,
    deviation,
    t: caar === null || !deviation ? null : caar / (deviation / Math.sqrt(n)),
    hitRate: mean(sums.positive),
  };
}

/**
 * The abnormal returns of one event, cumulated from its first session on, with t = CAR / (s · √L) of L sessions; from
 * the first session on that has no abnormal return both are null.
 * @param deviation  that of the abnormal returns before the event; null where too few sessions tell it
 */
export function cumulate(
  abnormal: readonly (number | null)[],
  deviation: number | null,
): { cumulated: number | null; t: number | null }[] {
  let sum: number | null = 0;
  return abnormal.map((value, i) => {
    sum = sum === null || value === null ? null : sum + value;
    return { cumulated: sum, t: sum === null || !deviation ? null : sum / (deviation * Math.sqrt(i + 1)) };
  });
}
