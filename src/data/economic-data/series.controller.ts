import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { META } from '../../rest/openapi-schemas.js';
import { queryOf, RowsArgs } from '../../contract/output.args.js';
import { RestArgs, Route } from '../../rest/route.js';
import { rowAnswer } from '../../rest/rows.js';
import { echoDays } from '../../lists/window.js';
import { nullWhen, Observation, observationFields, ObservationsArgs } from './observations.model.js';
import { ObservationsQueries } from './observations.queries.js';
import { type KnownSpan, SeriesArgs, SeriesEntry } from './series.model.js';
import { SeriesQueries } from './series.queries.js';

const ID = { id: { description: 'The series, percent-encoded where it has to be.', example: 'PAYEMS' } };

/** Economic series over REST. Revisions reach far back, so no answer counts as closed. */
@ApiTags('economic data')
@Controller('v1/economic-data/series')
export class SeriesController {
  constructor(
    private readonly series: SeriesQueries,
    private readonly observations: ObservationsQueries,
    private readonly lists: ListAnswers,
  ) {}

  @Route('', {
    id: 'listSeries',
    summary: 'Series and the extent of their observations',
    args: SeriesArgs,
    model: SeriesEntry,
    shape: 'page',
  })
  list(@RestArgs() args: SeriesArgs): Promise<Answer> {
    return this.lists.answer(this.series.list(args, 'page_token'), {
      args,
      model: SeriesEntry,
      meta: { query: queryOf(SeriesArgs, args) },
      fileName: 'series',
    });
  }

  @Route(':id', {
    id: 'getSeries',
    summary: 'A series and the extent of its observations',
    args: RowsArgs,
    model: SeriesEntry,
    shape: 'object',
    path: ID,
  })
  async find(@Param('id') id: string, @RestArgs() args: RowsArgs): Promise<Answer> {
    const entry = await this.series.require(id);
    const meta = { query: { id } };
    return rowAnswer(entry, { args, model: SeriesEntry, meta, cache: Cache.DEFAULT, fileName: `series-${id}` });
  }

  @Route(':id/observations', {
    id: 'listObservations',
    summary: 'Observations of a series: levels or changes, at its own or a lower frequency',
    description: [
      'Units and frequencies are FRED’s: first the observations are aggregated, then the units apply. With x the ' +
        'value and n the observations per year (260, 52, 26, 12, 4, 2, 1):',
      '- `chg` x(t) - x(t-1), `ch1` x(t) - x(t-n)',
      '- `pch` (x(t) / x(t-1) - 1) * 100, `pc1` (x(t) / x(t-n) - 1) * 100',
      '- `pca` ((x(t) / x(t-1))^n - 1) * 100',
      '- `cch` (ln x(t) - ln x(t-1)) * 100, `cca` the same times n, `log` ln x(t)',
      'A year ago is the same period of the year before, for days, weeks and fortnights 364 days before. The ' +
        'period before is that of the calendar; for days, weeks and fortnights the last one with a value. Of ' +
        'several observations in one period the last counts. Levels keep their digits; what is computed has at ' +
        'most eight decimals and 30 significant digits. `meta.null_when` says when a value is null.',
      'An aggregated row covers its whole period, whatever the window; it takes the values that there are, but ' +
        'the first and the last period of a series are null where they have fewer than FRED asks for. Weeks are ' +
        'dated on their last day: `w` is `wef`, Saturday to Friday. `bw` is `bwew`, the two weeks of the Federal ' +
        'Reserve’s maintenance periods.',
      'With `as_of` there are only rows that this database had by then (`created_at`), and what it wrote again since ' +
        '(`updated_at`, `revision_date`) is null with `revised_later`: it keeps one vintage. Frequency, first and ' +
        'last date are those of then, too, so that nothing written since changes the answer.',
      'Observations whose date no year from 1 to 9999 names are left out; `meta.undated_observations` counts them.',
    ].join('\n\n'),
    args: ObservationsArgs,
    model: Observation,
    shape: 'page',
    meta: { native_frequency: { type: ['string', 'null'] }, first_date: META.day, last_date: META.day },
    path: ID,
  })
  async observationsOf(@Param('id') id: string, @RestArgs() args: ObservationsArgs): Promise<Answer> {
    const series = await this.#spanOf(id, args);
    const plan = this.observations.plan(series, args, 'page_token');
    const meta = {
      query: { id, ...queryOf(ObservationsArgs, args, echoDays(plan.window)) },
      native_frequency: series.frequency,
      first_date: series.firstDate,
      last_date: series.lastDate,
      undated_observations: series.undatedObservations,
      null_when: nullWhen(args),
    };
    const answer = await this.lists.answer(this.observations.list(plan, args), {
      args: { ...args, fields: args.fields ?? observationFields(args) },
      model: Observation,
      meta,
      fileName: `observations-${id}`,
    });
    return { ...answer, headers: { ...answer.headers, 'x-data-through': series.lastDate ?? undefined } };
  }

  /** How far the observations reach that are asked for. */
  async #spanOf(id: string, { asOf }: ObservationsArgs): Promise<KnownSpan> {
    const series = await this.series.requireSpan(id);
    return asOf === undefined ? series : (await this.series.spansKnown([series.seriesId], asOf))[0]!;
  }
}
