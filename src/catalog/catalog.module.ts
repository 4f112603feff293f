import { Module } from '@nestjs/common';

/** The schema. */
@Module({})
export class CatalogModule {}
