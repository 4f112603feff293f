import { Args, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DailyBarConnection, IndicatorColumn, IndicatorsArgs } from './daily.model.js';
import type { DailyPage } from './daily.queries.js';
import type { DirectoryRow } from './directory.js';
import { IndicatorRows, type IndicatorValues } from './indicator-rows.js';

/** A page of daily bars, and whose they are where they are of one symbol. */
export type DailyPageOf = DailyPage & { readonly of?: DirectoryRow };

/** The indicators beside a page of daily bars. */
@Resolver(() => DailyBarConnection)
export class DailyIndicatorsResolver {
  constructor(private readonly rows: IndicatorRows) {}

  @ResolveField('indicators', () => [IndicatorColumn], {
    nullable: true,
    description: 'Indicators beside the bars; null where these are not of one symbol.',
  })
  async indicators(@Parent() page: DailyPageOf, @Args() { of }: IndicatorsArgs): Promise<IndicatorValues[] | null> {
    if (page.of === undefined) return null;
    const days = JSON.parse(String(page.column('day', 'number'))) as string[];
    return this.rows.onDays(page.of, 'of', of, days);
  }
}
