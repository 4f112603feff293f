import { Injectable } from '@nestjs/common';
import { LIMITS } from '../../base/limits.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { type ObjectPage, pageOf } from '../../lists/page.js';
import { endAfter, maxDaysOf, positionOf, resolveWindow } from '../../lists/window.js';
import { formatDay, formatInstant, type TimeWindow } from '../../base/time.js';
import { Breadth } from './breadth.js';
import type { BreadthArgs, BreadthDay } from './breadth.model.js';
import { SymbolDirectory } from './symbol-directory.js';

export type BreadthPage = ObjectPage<BreadthDay> & { readonly asOf: string };

/** The breadth of the market; no statement runs while what was asked for before is fresh. */
@Injectable()
export class BreadthQueries {
  constructor(
    private readonly breadth: Breadth,
    private readonly directory: SymbolDirectory,
  ) {}

  /**
   * A page of the sessions of a window, in order.
   * @param param  the name of the token's parameter
   */
  async page(args: BreadthArgs, param: string): Promise<BreadthPage> {
    const newest = await this.directory.newestDay();
    const resolve = (): TimeWindow =>
      resolveWindow(args, { end: endAfter(newest), days: LIMITS.defaultDays.breadth, maxDays: LIMITS.daysDays });
    const binding: Binding = ['breadth', args.start, args.end];
    const tokens: CursorShape = { key: [KEY.day], maxDays: maxDaysOf(args, LIMITS.daysDays) };
    const { window, key } = positionOf(binding, tokens, args.after, resolve, param);
    const { days, asOf } = await this.breadth.days(window);
    let adLine = 0;
    const rows = days.map(([day, counts]): BreadthDay => {
      adLine += counts.advancers - counts.decliners;
      const { aboveSma200, withSma200 } = counts;
      return { day: formatDay(day), ...counts, adLine, shareAboveSma200: withSma200 ? aboveSma200 / withSma200 : null };
    });
    const left = key ? rows.filter(({ day }) => day > key[0]!) : rows;
    const page = pageOf(left, args.first === 'all' ? Infinity : args.first, { binding, window }, ({ day }) => [day]);
    return Object.assign(page, { asOf: formatInstant(asOf) });
  }
}
