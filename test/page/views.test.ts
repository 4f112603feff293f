import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { sharedDatabase } from '../support/database.js';
import {
  describeInBrowser,
  type PageServer,
  servePage,
  startBrowser,
  violations,
  type Watched,
  watch,
} from './browser.js';

/** A view, and what it shows of the sample data. */
interface View {
  readonly name: string;
  readonly path: string;
  /** What is there once all is read. */
  readonly ready: string;
  readonly shows: readonly string[];
}

const VIEWS: readonly View[] = [
  { name: 'board', path: '/', ready: '.sparkline', shows: ['16 symbols', 'AAPL', 'BTC-USD', 'Session of'] },
  {
    name: 'symbol',
    path: '/symbols/AAPL',
    ready: '.heat-cross',
    shows: ['Newest bar', '2021-06-14 to 2021-06-18', 'AAPL Earnings', 'TradingView Lightweight Charts'],
  },
  { name: 'data', path: '/data?year=2021', ready: '.condition-line .gone', shows: ['symbols miss days', 'AAPL 5'] },
  {
    name: 'economy',
    path: '/economy/PAYEMS?units=pc1&beside=UNRATE',
    ready: '.plot canvas',
    shows: ['percent from a year before', '1.9319', 'vega-datasets'],
  },
  {
    name: 'news',
    path: '/news?q=earnings&days=90',
    ready: 'article mark',
    shows: ['earnings season', 'Northgate News'],
  },
  { name: 'events', path: '/events?impact=2', ready: '.event-row', shows: ['Now ·', 'US Initial Jobless Claims'] },
];

let browser: Browser;
let server: PageServer;

async function settled({ page, quiet }: Watched, view: View): Promise<void> {
  await page.goto(view.path);
  await page.locator(view.ready).first().waitFor({ state: 'attached' });
  await quiet();
}

describeInBrowser('the page on the sample data', () => {
  beforeAll(async () => {
    browser = await startBrowser();
    server = await servePage(sharedDatabase().reader, true);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  for (const view of VIEWS) {
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [1920, 390]) {
        it(`${view.name}, ${theme}, ${width} pixels: all is there, whole, and nobody is shut out`, async () => {
          const height = width === 390 ? 844 : 1080;
          const watched = await watch(browser, server, { theme, width, height });
          const { page, context, faults } = watched;
          await settled(watched, view);
          await picture(page, `${view.name}-${theme}-${width}`);
          const text = await page.locator('#page').innerText();
          for (const words of view.shows) expect(text).toContain(words);
          expect(text).toContain('Sample data');
          const wide = await page.evaluate(() => {
            const main = document.querySelector('main')!;
            return [document.documentElement.scrollWidth - window.innerWidth, main.scrollWidth - main.clientWidth];
          });
          expect(wide).toEqual([0, 0]);
          expect(await violations(page)).toEqual([]);
          expect(faults).toEqual([]);
          await context.close();
        });
      }
    }

    it(`${view.name}: its request, run again, answers`, async () => {
      const watched = await watch(browser, server);
      const { page, context, faults } = watched;
      await settled(watched, view);
      await page.getByRole('button', { name: 'curl' }).click();
      const curl = await page.getByRole('region', { name: 'The request of this view' }).innerText();
      const body = /-d '(.*)'$/m.exec(curl)![1]!.replaceAll(`'\\''`, "'");
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
      expect((await answer.json()).errors).toBeUndefined();
      for (const [, url] of curl.matchAll(/^curl -s '(http[^']*)'$/gm)) {
        expect([url, (await fetch(url!)).status]).toEqual([url, 200]);
      }
      await page.getByRole('button', { name: 'pandas' }).click();
      const pandas = await page.getByRole('region', { name: 'The request of this view' }).innerText();
      const [, table] = /^url = "(.*)"$/m.exec(pandas)!;
      expect((await fetch(table!)).status).toBe(200);
      expect(faults).toEqual([]);
      await context.close();
    });
  }
});

/** Keeps a picture where PAGE_PICTURES names a folder; the README's are docs/images. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PAGE_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
