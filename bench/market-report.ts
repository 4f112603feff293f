import { SYMBOLS } from './dataset.ts';
import { median, wrongAnswers } from './drive.ts';
import { costOf, type FirstAnswer, type Market, type Start } from './market.ts';
import { MARKET_SYMBOLS } from './market-dataset.ts';
import type { Options } from './options.ts';
import type { Goal } from './ratios.ts';
import { about, goalTable, MARKET, MIB, shortfalls, table } from './report.ts';

/** What a run of `market` found, as Markdown. */
export function marketReport(market: Market, options: Options, commit: string): string {
  const goals = goalsOf(market);
  const whole = (value: number): string => value.toFixed(0);
  const asked = [...market.starts[0]!.first.keys()].sort();
  const middle = (starts: readonly Start[], what: FirstAnswer): string =>
    whole(median(starts.map(({ first }) => first.get(what)!)));
  const kinds = Map.groupBy(market.starts, ({ cold }) => (cold ? 'cold' : 'warm'));
  return [
    MARKET,
    '',
    `Written by \`npm run bench -- market\`: ${MARKET_SYMBOLS} symbols with listings, delistings and gaps, one bar a day, up to`,
    `yesterday, beside ${SYMBOLS.length} of them. Cold is after BENCH_COLD_COMMAND. The hour goes by on a clock that the API`,
    'reads 30 times as fast; what is asked meanwhile are unknown symbols.',
    '',
    ...about(market.engine, options, commit),
    ...goalTable(goals),
    ...shortfalls(goals),
    ...table(
      ['ms from the start of the process to the first', ...asked],
      [...kinds].map(([kind, starts]) => [kind, ...asked.map((what) => middle(starts, what))]),
    ),
    ...table(
      ['read of one symbol', `/s of ${SYMBOLS.length}`, `/s of ${MARKET_SYMBOLS}`, 'cost', 'p99 ms', 'wrong answers'],
      market.reads.map((read) => [
        read.title,
        whole(median(read.few.map(({ rate }) => rate))),
        whole(median(read.all.map(({ rate }) => rate))),
        costOf(read).toFixed(2),
        whole(median(read.all.map(({ p99 }) => p99))),
        wrongAnswers([...read.few, ...read.all]) || 'none',
      ]),
    ),
    ...table(
      ['gaps of the market, a year', 'pages', 'slowest ms'],
      market.gaps.map(({ calendar, pages, slowest }) => [calendar, String(pages), whole(slowest)]),
    ),
    ...table(
      ['the board of the market, one request at a time', 'rows', 'p50 ms'],
      market.board.map(({ title, rows, p50 }) => [title, String(rows), p50.toFixed(1)]),
    ),
    `In the hour the API's statements looked at ${market.hour.pages === null ? 'an unknown number of' : whole(market.hour.pages)} pages, most of them of TimescaleDB's catalog.`,
  ].join('\n');
}

function goalsOf(market: Market): Goal[] {
  const most = (what: string, measured: number, target: number, unit = ''): Goal => {
    return { what, measured, target, bound: 'most', unit };
  };
  const first = (cold: boolean): number =>
    median(market.starts.filter((start) => start.cold === cold).map((start) => start.first.get('latest')!));
  const starts = [...new Set(market.starts.map(({ cold }) => cold))];
  return [
    ...starts.map((cold) => most(`Start to the first latest, ${cold ? 'cold' : 'warm'}`, first(cold), 1000, 'ms')),
    ...market.reads.map((read) => most(`${read.title}: cost of the market`, costOf(read), 1.5, '×')),
    {
      what: `gaps, observed / gaps, weekdays, ${SYMBOLS.length} symbols`,
      measured: median(
        readNamed(market, 'gaps, observed').few.map(
          ({ rate }, i) => rate / readNamed(market, 'gaps, weekdays').few[i]!.rate,
        ),
      ),
      target: 0.8,
      bound: 'least',
      unit: '×',
    },
    ...(market.unknownCpu === null ? [] : [most('Unknown symbol: processor in Node', market.unknownCpu, 2, 'ms')]),
    most('An hour without a change: rows read, of the history', market.hour.share * 100, 1, '%'),
    ...market.board.slice(0, 2).map(({ title, p50 }) => most(`Board, ${title}`, p50, 20, 'ms')),
    most('Resident memory under load', market.resident / MIB, 200, 'MiB'),
    ...(market.bytesASymbol === null ? [] : [most('Directory: a symbol', market.bytesASymbol, 2000, 'bytes')]),
  ];
}

function readNamed({ reads }: Market, title: string): Market['reads'][number] {
  return reads.find((read) => read.title === title)!;
}
