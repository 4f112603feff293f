import { Global, Module } from '@nestjs/common';
import { ListAnswers } from './list-answers.js';

/** The REST edge: what controllers answer lists with. */
@Global()
@Module({ providers: [ListAnswers], exports: [ListAnswers] })
export class RestModule {}
