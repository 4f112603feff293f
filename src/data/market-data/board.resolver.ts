import { Args, Query, Resolver } from '@nestjs/graphql';
import { BoardArgs, BoardConnection } from './board.model.js';
import { type BoardPage, BoardQueries } from './board.queries.js';

/** The market board over GraphQL. */
@Resolver()
export class BoardResolver {
  constructor(private readonly queries: BoardQueries) {}

  @Query(() => BoardConnection, {
    nullable: true,
    description:
      'Where symbols stand: their last daily bar beside those before it. `where` screens them, `orderBy` makes movers of them.',
  })
  board(@Args() args: BoardArgs): Promise<BoardPage> {
    return this.queries.page(args, 'after');
  }
}
