import { LIMITS } from '../../base/limits.js';
import { Arg } from '../../contract/args.js';

/** Seconds after 1970 that no year from 1 to 9999 has; clients send some for "from the beginning". */
const FAR = 1_000_000_000_000;

const SYMBOL = 'The symbol; capitals do not matter where no other symbol differs in them only.';
const IGNORED = 'Sent by charts; changes nothing.';

/** Arguments about one symbol. */
export class UdfSymbolArgs {
  @Arg.text(SYMBOL, { restOnly: true, required: true, max: LIMITS.textLength, example: 'AAPL' })
  symbol: string;

  @Arg.text(IGNORED, { restOnly: true, rest: 'currencyCode', example: 'USD' })
  currencyCode?: string;

  @Arg.text(IGNORED, { restOnly: true, rest: 'unitId', example: 'share' })
  unitId?: string;
}

/** Arguments about one symbol in a stretch of time. */
export class UdfStretchArgs extends UdfSymbolArgs {
  @Arg.text('How long a bar is: minutes, or 1D, 1W, 1M, 3M, 12M.', { restOnly: true, max: 10, example: '1D' })
  resolution?: string;

  @Arg.integer('First second, inclusive, after 1970.', { restOnly: true, min: -FAR, max: FAR, example: 1_735_689_600 })
  from?: number;

  @Arg.integer('Last second, exclusive, after 1970.', {
    restOnly: true,
    required: true,
    min: -FAR,
    max: FAR,
    example: 1_761_955_200,
  })
  to: number;
}

/** Arguments of a history. */
export class UdfHistoryArgs extends UdfStretchArgs {
  @Arg.integer('How many bars before `to`; `from` then counts for nothing.', {
    restOnly: true,
    min: 1,
    max: FAR,
    example: 300,
  })
  countback?: number;

  @Arg.flag(IGNORED, { restOnly: true, rest: 'firstDataRequest' })
  firstDataRequest?: boolean;
}

/** Arguments of a search. */
export class UdfSearchArgs {
  @Arg.text('Part of a symbol, whatever its case.', { restOnly: true, example: 'aa' })
  query?: string;

  @Arg.text('Only symbols of this type.', { restOnly: true, example: 'stock' })
  type?: string;

  @Arg.text('Only symbols of this exchange; the data name none.', { restOnly: true, example: 'NYSE' })
  exchange?: string;

  @Arg.integer('Symbols at most.', { restOnly: true, min: 1, max: LIMITS.directoryPage.max, default: 30 })
  limit: number;
}
