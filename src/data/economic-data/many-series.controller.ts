import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { invalid } from '../../base/errors.js';
import { Layout, rowsOfWide, wideColumns } from '../../contract/layout.js';
import { queryOf } from '../../contract/output.args.js';
import { echoDays } from '../../lists/window.js';
import type { Answer } from '../../rest/answer.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { META } from '../../rest/openapi-schemas.js';
import { RestArgs, Route } from '../../rest/route.js';
import { Align, ManySeriesArgs, SeriesObservation, WideObservation } from './many-series.model.js';
import { ManySeriesQueries } from './many-series.queries.js';
import { DIGITS_OF_VALUES, nullWhen, observationFields } from './observations.model.js';

/** The observations of several series over REST. */
@ApiTags('economic data')
@Controller('v1/economic-data/observations')
export class ManySeriesController {
  constructor(
    private readonly queries: ManySeriesQueries,
    private readonly lists: ListAnswers,
  ) {}

  @Route('', {
    id: 'listObservationsOfSeries',
    summary: 'Observations of several series, one after the other or side by side',
    description:
      'Units, frequencies and `as_of` are those of one series. With `layout=wide` a column is named by its series; ' +
      '`align` says which dates have a row. Series that do not exist are in `meta.unknown`.',
    args: ManySeriesArgs,
    model: SeriesObservation,
    shape: 'page',
    meta: { unknown: META.unknown },
  })
  async list(@RestArgs() args: ManySeriesArgs): Promise<Answer> {
    const asked = await this.queries.resolve(args);
    const ids = asked.series.map(({ seriesId }) => seriesId);
    const wide = args.layout === Layout.WIDE;
    if (!wide && args.align !== Align.OUTER) throw invalid('align', 'align goes with layout=wide.');
    if (wide && args.updatedAfter !== undefined) {
      throw invalid('updated_after', 'updated_after goes with layout=long, whose rows are single observations.');
    }
    const list = wide ? this.queries.wide(asked, args, 'page_token') : this.queries.long(asked, args, 'page_token');
    const meta = {
      query: queryOf(ManySeriesArgs, args, { series: ids, ...echoDays(list.window) }),
      unknown: asked.unknown,
      null_when: nullWhen(args),
    };
    if (wide) {
      return this.lists.answer(list, {
        args: { ...args, first: rowsOfWide(ids.length, args.first) },
        model: WideObservation,
        more: wideColumns(ids, { first: 'date', param: 'series' }, 'decimal', 'Value', DIGITS_OF_VALUES),
        meta,
        fileName: 'observations',
      });
    }
    const fields = args.fields ?? ['series_id', ...observationFields(args)];
    return this.lists.answer(list, {
      args: { ...args, fields },
      model: SeriesObservation,
      meta,
      fileName: 'observations',
    });
  }
}
