import { Args, Query, Resolver } from '@nestjs/graphql';
import { BoardArgs, BoardConnection } from './board.model.js';
import { BreadthArgs, BreadthConnection } from './breadth.model.js';
import { type BreadthPage, BreadthQueries } from './breadth.queries.js';
import { type BoardPage, BoardQueries } from './board.queries.js';

/** The market board and breadth over GraphQL. */
@Resolver()
export class BoardResolver {
  constructor(
    private readonly queries: BoardQueries,
    private readonly breadthQueries: BreadthQueries,
  ) {}

  @Query(() => BoardConnection, {
    nullable: true,
    description:
      'Where symbols stand: their last daily bar beside those before it. `where` screens them, `orderBy` makes movers of them.',
  })
  board(@Args() args: BoardArgs): Promise<BoardPage> {
    return this.queries.page(args, 'after');
  }

  @Query(() => BreadthConnection, {
    nullable: true,
    description: 'How many symbols rose and fell in each session of the market.',
  })
  breadth(@Args() args: BreadthArgs): Promise<BreadthPage> {
    return this.breadthQueries.page(args, 'after');
  }
}
