import {
  type ArgumentsHost,
  Catch,
  Controller,
  createParamDecorator,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Header,
  UseFilters,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../../base/errors.js';
import { NoArgs } from '../../contract/args.js';
import { RestInput } from '../../contract/args-pipe.js';
import { EventsQueries } from '../../data/events/events.queries.js';
import { KindsOfBars } from '../../data/market-data/bar-kinds.js';
import { BarsQueries } from '../../data/market-data/bars.queries.js';
import { SymbolDirectory } from '../../data/market-data/symbol-directory.js';
import { SymbolsQueries } from '../../data/market-data/symbols.queries.js';
import { ProblemFilter } from '../../http/problem.js';
import { Database } from '../../postgres/database.js';
import type { Answer } from '../../rest/answer.js';
import { Udf } from './udf.js';
import { UdfHistoryArgs, UdfSearchArgs, UdfStretchArgs, UdfSymbolArgs } from './udf.model.js';

/** The request's arguments, without those that charts send empty, and whatever they accept. */
const UdfArgs = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const query = context.switchToHttp().getRequest<FastifyRequest>().query as Record<string, unknown>;
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return new RestInput(Object.fromEntries(given), undefined, undefined);
});

/** What is wrong with a request is said in the protocol's words, with a 200; its clients look at no status. */
@Catch()
class UdfErrors extends ProblemFilter implements ExceptionFilter {
  override catch(thrown: unknown, host: ArgumentsHost): void {
    if (!(thrown instanceof ApiError) || thrown.status >= 500 || thrown.status === 499)
      return super.catch(thrown, host);
    const http = host.switchToHttp();
    http.getRequest<FastifyRequest>().scope.problem = thrown;
    const { code, message, details } = thrown;
    const name = code === 'symbol_not_found' ? 'unknown_symbol: ' : '';
    const errmsg = name + [message, details.hint].filter(Boolean).join(' ');
    void http
      .getResponse<FastifyReply>()
      .headers({ 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' })
      .send(JSON.stringify({ s: 'error', errmsg }));
  }
}

/** TradingView's Universal Data Feed. */
@ApiExcludeController()
@UseFilters(UdfErrors)
@Controller('udf')
export class UdfController {
  readonly #udf: Udf;

  constructor(
    db: Database,
    directory: SymbolDirectory,
    symbols: SymbolsQueries,
    kinds: KindsOfBars,
    bars: BarsQueries,
    events: EventsQueries,
  ) {
    this.#udf = new Udf({ db, directory, symbols, kinds, bars, events });
  }

  @Get('config')
  config(@UdfArgs() _: NoArgs): Answer {
    return this.#udf.config();
  }

  @Get('time')
  @Header('cache-control', 'no-store')
  @Header('content-type', 'text/plain; charset=utf-8')
  time(@UdfArgs() _: NoArgs): string {
    return String(Math.floor(Date.now() / 1000));
  }

  @Get('symbols')
  symbol(@UdfArgs() args: UdfSymbolArgs): Promise<Answer> {
    return this.#udf.symbol(args);
  }

  @Get('search')
  search(@UdfArgs() args: UdfSearchArgs): Promise<Answer> {
    return this.#udf.search(args);
  }

  @Get('history')
  history(@UdfArgs() args: UdfHistoryArgs): Promise<Answer> {
    return this.#udf.history(args);
  }

  @Get('marks')
  marks(@UdfArgs() args: UdfStretchArgs): Promise<Answer> {
    return this.#udf.marks(args);
  }

  @Get('timescale_marks')
  timescaleMarks(@UdfArgs() args: UdfStretchArgs): Promise<Answer> {
    return this.#udf.timescaleMarks(args);
  }
}
