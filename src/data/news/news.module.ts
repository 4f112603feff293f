import { Module } from '@nestjs/common';
import { NewsController } from './news.controller.js';
import { NewsQueries } from './news.queries.js';
import { NewsResolver } from './news.resolver.js';

/** The schema `news`: articles and their sources. */
@Module({
  controllers: [NewsController],
  providers: [NewsQueries, NewsResolver],
})
export class NewsModule {}
