import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiError } from '../../base/errors.js';
import { currentRequest } from '../../base/request.js';
import { queryOf, renderingOf } from '../../contract/output.args.js';
import { snakeKeys } from '../../contract/wire.js';
import { Events } from '../../rest/answer.js';
import type { PageRows } from '../../lists/page-rows.js';
import { jsonObject } from '../../lists/write.js';
import { EventsRoute, EventStream, eventText, LastEventId, RestEventArgs, RETRY_MS } from '../../rest/events-route.js';
import type { Rendering } from '../../sql/format.js';
import { STORED_FIELDS } from './bars.controller.js';
import { Bar } from './bars.model.js';
import { LiveArgs } from './live.model.js';
import { LiveSettings } from './live-settings.js';
import { LiveBars, type LiveEvent, type LiveStart } from './live.js';
import type { Update } from './live-updates.js';
import { SymbolDirectory } from './symbol-directory.js';

const HEARTBEAT = Buffer.from(':\n\n');

/** Live bars over REST, as server-sent events. */
@ApiTags('market data')
@Controller('v1/market-data')
export class LiveController {
  /** Updates as text: whoever listens to the same symbols in the same way is sent the same bytes. */
  readonly #texts = new WeakMap<readonly Update[], Map<string, Buffer>>();

  constructor(
    private readonly live: LiveBars,
    private readonly directory: SymbolDirectory,
    private readonly settings: LiveSettings,
  ) {}

  @EventsRoute('stream', {
    id: 'streamBars',
    summary: 'The newest bar of several symbols, and each further one as soon as it is there',
    description: [
      'Server-sent events. `start` says what is listened to; then a `bar` for each symbol, and one whenever its newest',
      'bar is another or has changed: the same object as `data` of `/v1/market-data/latest/{symbol}`. `skipped` says',
      'what was not sent, `stale` that the database cannot be read, `live` that it can again, `end` that the server ends.',
      'A client that comes back with `Last-Event-ID` goes on after that event.',
    ].join(' '),
    args: LiveArgs,
  })
  async stream(@RestEventArgs() args: LiveArgs, @LastEventId() lastId: string | undefined): Promise<Events> {
    const rendering = renderingOf(Bar, { ...args, fields: args.fields ?? STORED_FIELDS });
    const { rows, unknown } = await this.directory.resolve(args.symbols);
    const symbols = rows.map(({ symbol }) => symbol);
    const scope = currentRequest()!;
    let stop: (() => void) | null = null;
    const stream = new EventStream(this.settings.maxBytes, (slow) => {
      if (slow) scope.broken = new ApiError('client_closed_request', 'The client took its events too slowly.');
      stop?.();
    });
    if (scope.headersOnly) {
      stream.finish(HEARTBEAT);
      return new Events(stream);
    }
    const meta = { query: queryOf(LiveArgs, args, { symbols }), unknown, ...(scope.sample ? { sample: true } : {}) };
    const begin = ({ bars, skipped, missed, id, staleSince }: LiveStart): void => {
      const events = [
        ['start', JSON.stringify(meta)],
        ...skipped.map((each) => ['skipped', JSON.stringify(snakeKeys(each))]),
        ...bars.map((row) => ['bar', barJson(row, rendering)]),
      ] as [name: string, data: string][];
      // Who has the last of them has all.
      const last = missed.length > 0 ? -1 : events.length - 1;
      const texts = events.map(([name, data], i) => eventText(name, data, i === last ? id : undefined));
      stream.write(Buffer.from(`retry: ${RETRY_MS}\n\n${texts.join('')}`));
      if (missed.length > 0) stream.write(this.#textOf(missed, rendering));
      if (staleSince) stream.write(textOf({ kind: 'stale', since: staleSince }));
    };
    const tell = (event: LiveEvent): void => {
      if (event.kind === 'updates') stream.write(this.#textOf(event.updates, rendering));
      else if (event.kind === 'end' || !scope.holdsKey()) stream.finish(textOf(event));
      else stream.write(textOf(event));
    };
    stop = await this.live.listen({ symbols, caller: scope.caller, lastId, begin, tell });
    // The client may have left while its symbols were read.
    if (scope.ended) stop();
    return new Events(stream);
  }

  #textOf(updates: readonly Update[], rendering: Rendering): Buffer {
    let texts = this.#texts.get(updates);
    if (!texts) this.#texts.set(updates, (texts = new Map<string, Buffer>()));
    const key = [rendering.numbers, ...rendering.columns.map(({ name }) => name)].join();
    let text = texts.get(key);
    if (!text) {
      const events = updates.map((update) =>
        update.kind === 'bar'
          ? eventText('bar', barJson(update.row, rendering), this.live.idOf(update))
          : eventText('skipped', JSON.stringify(snakeKeys(update.skipped)), this.live.idOf(update)),
      );
      texts.set(key, (text = Buffer.from(events.join(''))));
    }
    return text;
  }
}

function barJson(row: PageRows, { columns, numbers }: Rendering): string {
  return jsonObject(row, columns, numbers).toString();
}

/** What is the same for all listeners. */
function textOf(event: Exclude<LiveEvent, { kind: 'updates' }>): Buffer {
  switch (event.kind) {
    case 'heartbeat':
      return HEARTBEAT;
    case 'stale':
      return Buffer.from(eventText('stale', JSON.stringify({ since: event.since })));
    case 'live':
      return Buffer.from(eventText('live', '{}'));
    case 'end':
      return Buffer.from(`retry: ${event.retryMs}\n${eventText('end', JSON.stringify({ retry_ms: event.retryMs }))}`);
  }
}
