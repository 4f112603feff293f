import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadOne } from '../../graphql/loaders.js';
import { FinancialEvent } from './events.model.js';
import { EventStudy, Reaction, ReactionArgs, StudyArgs } from './event-study.model.js';
import { EventStudyQueries } from './event-study.queries.js';

/** What happened around events, over GraphQL; the events of one operation share statements. */
@Resolver(() => FinancialEvent)
export class EventStudyResolver {
  constructor(private readonly studies: EventStudyQueries) {}

  @ResolveField('reaction', () => Reaction, {
    nullable: true,
    description: 'What a symbol did around it; null where it names none and none is asked for.',
  })
  reaction(
    @Parent() { id }: FinancialEvent,
    @Args() args: ReactionArgs,
    @Context() context: GraphqlContext,
  ): Promise<Reaction | null> {
    return loadOne(context, ['reaction', args], id, (ids) => this.studies.reactions(ids, args));
  }

  @Query(() => EventStudy, { nullable: true, description: 'What happens around events of a kind, session by session.' })
  eventStudy(@Args() args: StudyArgs): Promise<EventStudy> {
    return this.studies.study(args);
  }
}
