import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { NoArgs } from '../../contract/args.js';
import { Cache } from '../../contract/caching.js';
import { etagOf } from '../../contract/etag.js';
import { FORMATS } from '../../contract/formats.js';
import type { Answer } from '../../rest/answer.js';
import { RestArgs } from '../../rest/route.js';
import { APPS, WIDGETS } from './widgets.js';

/** What OpenBB Workspace reads of a backend: its widgets, and the app that puts them in place. */
@ApiExcludeController()
@Controller()
export class OpenbbController {
  @Get('widgets.json')
  widgets(@RestArgs() _: NoArgs): Answer {
    return document(WIDGETS);
  }

  @Get('apps.json')
  apps(@RestArgs() _: NoArgs): Answer {
    return document(APPS);
  }
}

function document(content: object): Answer {
  const body = JSON.stringify(content);
  const type = FORMATS.json.contentType;
  return { body, type, cache: Cache.DEFAULT, etag: etagOf([type, body]) };
}
