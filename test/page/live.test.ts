import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { describeInBrowser, type PageServer, serveBuilt, startBrowser, violations, watch } from './browser.js';
import { priceOf, state, writeClose } from './live.js';

let browser: Browser;
let server: PageServer;
let database: TestDatabase;

const write = (symbol: string, close: number): Promise<void> => writeClose(database, symbol, close);

interface Asked {
  /** How often each operation was asked for. */
  readonly operations: Map<string, number>;
  /** The streams that were opened, with the id that each went on from. */
  readonly streams: { readonly symbols: string[]; readonly from: string | undefined }[];
  /** How many of them are open. */
  open: number;
}

/** Notes what a page asks for. */
function noted(page: Page): Asked {
  const asked: Asked = { operations: new Map(), streams: [], open: 0 };
  const isStream = (url: string): boolean => new URL(url).pathname === '/v1/market-data/stream';
  page.on('request', (request) => {
    if (isStream(request.url())) {
      const symbols = new URL(request.url()).searchParams.get('symbols')!.split(',');
      asked.streams.push({ symbols, from: request.headers()['last-event-id'] });
      asked.open += 1;
    } else if (new URL(request.url()).pathname === '/graphql') {
      const { query } = request.postDataJSON() as { query: string };
      const name = /^query (\w+)/.exec(query)![1]!;
      asked.operations.set(name, (asked.operations.get(name) ?? 0) + 1);
    }
  });
  const ended = (request: { url(): string }): void => {
    if (isStream(request.url())) asked.open -= 1;
  };
  page.on('requestfailed', ended);
  page.on('requestfinished', ended);
  return asked;
}

describeInBrowser('the page while bars are written', () => {
  beforeAll(async () => {
    database = await createDatabase({ sample: true });
    browser = await startBrowser();
    server = await serveBuilt(database.urls.reader);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await database?.drop();
  });

  it('moves a price on the board and on its symbol by the stream, and reads neither view again', async () => {
    const { page, context, faults } = await watch(browser, server);
    const asked = noted(page);
    await page.goto('/');
    await state(page, 'live');
    expect(asked.streams).toHaveLength(1);
    expect(asked.streams[0]!.symbols).toHaveLength(16);
    await write('MSFT', 77.77);
    await priceOf(page, 'MSFT', '77.77');
    expect(asked.operations.get('Board')).toBe(1);
    const row = page.locator('.row', { hasText: 'MSFT' });
    const [shown] = await row.locator('.c-change').allInnerTexts();
    const before = await asAdmin(database.urls.admin, async (client) => {
      const { rows } = await client.query<{ close: string }>(
        `select close from market_data.ohlcv where symbol = 'MSFT' order by timestamp desc offset 1 limit 1`,
      );
      return Number(rows[0]!.close);
    });
    expect(Number(shown!.replace('−', '-'))).toBeCloseTo(77.77 - before, 2);
    expect(await violations(page)).toEqual([]);

    await row.click();
    // Away from the chart, whose legend follows the pointer.
    await page.mouse.move(0, 0);
    await page.locator('.symbol-price', { hasText: '77.77' }).waitFor();
    await state(page, 'live');
    await write('MSFT', 78.88);
    await page.locator('.symbol-price', { hasText: '78.88' }).waitFor();
    await page.locator('.legend', { hasText: '78.88' }).waitFor();
    await page.locator('.rail', { hasText: '78.88' }).waitFor();
    expect(asked.operations.get('Symbol')).toBe(1);
    expect(asked.open).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says that the stream was lost when the server ends, and goes on after the last event when it is back', async () => {
    const own = await serveBuilt(database.urls.reader);
    const { page, context } = await watch(browser, own);
    const asked = noted(page);
    await page.goto('/');
    await state(page, 'live');
    await own.close();
    await state(page, 'reconnecting');
    const again = await serveBuilt(database.urls.reader, { PORT: new URL(own.url).port });
    await write('AAPL', 91.19);
    await state(page, 'live');
    await priceOf(page, 'AAPL', '91.19');
    expect(asked.streams.at(-1)!.from).toMatch(/^[\w-]{8}\.\d+\.\d+$/);
    await context.close();
    await again.close();
  });

  it('has no stream while nobody sees it, and one again when it is looked at', async () => {
    const { page, context } = await watch(browser, server);
    const asked = noted(page);
    await page.goto('/');
    await state(page, 'live');
    const show = (hidden: boolean): Promise<void> =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await show(true);
    await page.locator('.stream').waitFor({ state: 'detached' });
    await write('JPM', 64.46);
    await show(false);
    await priceOf(page, 'JPM', '64.46');
    await state(page, 'live');
    expect(asked.streams).toHaveLength(2);
    expect(asked.open).toBe(1);
    await context.close();
  });

  it('is read now and then where the stream is refused, and says so', async () => {
    const { page, context } = await watch(browser, server);
    await page.clock.install();
    await page.route('**/v1/market-data/stream?*', (route) => route.fulfill({ status: 429, body: '{}' }));
    await page.goto('/');
    await page.locator('.rows .row').first().waitFor();
    await state(page, 'polling');
    const again = page.waitForRequest((request) => /^\{"query":"query Board /.test(request.postData() ?? ''));
    await page.clock.fastForward(31_000);
    await again;
    expect(await violations(page)).toEqual([]);
    await context.close();
  });
});
