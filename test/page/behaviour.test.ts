import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { describeInBrowser, type PageServer, servePage, startBrowser, violations, watch } from './browser.js';

const ASSETS = fileURLToPath(new URL('../../dist/web/assets/', import.meta.url));

let browser: Browser;
let server: PageServer;
let empty: TestDatabase;
beforeAll(async () => {
  empty = await createDatabase();
});
afterAll(() => empty.drop());

interface Years {
  readonly start: string;
  readonly end: string;
}

/** The text of what has the focus, or of the row that it is on. */
const currentRow = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const grid = document.activeElement;
    const row = document.getElementById(grid?.getAttribute('aria-activedescendant') ?? '');
    return row?.querySelector('.c-symbol, .event-name')?.textContent ?? '';
  });

describeInBrowser('the page', () => {
  beforeAll(async () => {
    browser = await startBrowser();
    server = await servePage(sharedDatabase().reader, true);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('is read by the keyboard alone: find, row, symbol, bar, request, back', async () => {
    const { page, context, faults } = await watch(browser, server);
    await page.goto('/');
    await page.locator('.row.current').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    expect(await currentRow(page)).toBe('BRK.B');
    await page.keyboard.press('End');
    expect(await currentRow(page)).toBe('^GSPC');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/symbols/%5EGSPC');
    await page.locator('.legend b').first().waitFor();
    const last = await page.locator('.chart .legend b').first().innerText();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((before) => document.querySelector('.chart .legend b')?.textContent !== before, last);
    await page.keyboard.press('2');
    await page.waitForURL('**interval=1w');
    await page.keyboard.press('r');
    await page.getByRole('region', { name: 'The request of this view' }).waitFor();
    await page.goBack();
    await page.locator('.row.current').waitFor();
    expect(await page.locator('.row.current .c-symbol').innerText()).toBe('^GSPC');
    await page.keyboard.press('/');
    await page.keyboard.type('msf');
    await page.getByRole('option', { name: 'MSFT' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/symbols/MSFT');
    for (const [key, path] of [
      ['d', '/data'],
      ['e', '/economy'],
      ['n', '/news'],
      ['v', '/events'],
      ['b', '/'],
    ]) {
      await page.keyboard.press('g');
      await page.keyboard.press(key!);
      await page.waitForURL((url) => url.pathname.startsWith(path!));
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is restored by its address: filter, order, interval, units, search, impact', async () => {
    const { page, context } = await watch(browser, server);
    await page.goto('/?filter=s&sort=-change_percent');
    await page.locator('.rows .row').first().waitFor();
    expect(await page.getByLabel('Filter the symbols').inputValue()).toBe('s');
    const shown = await page.locator('.rows .c-percent .number').allInnerTexts();
    const changes = shown.map((text) => Number(text.replace('−', '-').replace(/[^\d.-]/g, '')));
    expect(changes.length).toBeGreaterThan(2);
    expect(changes).toEqual(changes.toSorted((a, b) => b - a));
    await page.goto('/symbols/AAPL?interval=1mo&log=on&compare=MSFT&indicators=rsi(14)');
    await page.locator('.compared canvas').first().waitFor();
    expect(await page.getByRole('button', { name: '1mo' }).getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByRole('button', { name: 'Log' }).getAttribute('aria-pressed')).toBe('true');
    await page.goto('/economy/UNRATE?units=pch&frequency=q');
    await page.locator('.plot canvas').waitFor();
    expect(await page.getByRole('button', { name: 'Change %' }).getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByLabel('Frequency').inputValue()).toBe('Q');
    await page.goto('/news?q=oil&days=90');
    await page.locator('article, .face').first().waitFor();
    expect(await page.getByLabel('Search the news').inputValue()).toBe('oil');
    await page.goto('/events?impact=4&country=US');
    await page.locator('.event-row').first().waitFor();
    expect(await page.getByRole('button', { name: '4', exact: true }).getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByLabel('Country').inputValue()).toBe('US');
    await context.close();
  });

  it('looks at the minutes of the years in sight, and at those of older ones when they come into sight', async () => {
    const { page, context, quiet } = await watch(browser, server);
    const windows: string[] = [];
    page.on('request', (request) => {
      const { query = '', variables } = (request.postDataJSON() ?? {}) as { query?: string; variables?: Years };
      if (query.startsWith('query Conditions')) windows.push(`${variables!.start} ${variables!.end}`);
    });
    await page.goto('/symbols/AAPL');
    await page.locator('.heat-cross').first().waitFor();
    await quiet();
    const newest = new Date().getUTCFullYear();
    expect(windows.length).toBeGreaterThan(0);
    expect(windows.join()).not.toContain('2015-01-01');
    await page.locator('.heat-key').scrollIntoViewIfNeeded();
    await page.getByText('minutes looked at').waitFor({ state: 'detached' });
    const years = Array.from({ length: newest - 2014 }, (_, i) => newest - i);
    const expected = years.filter((_, i) => i % 3 === 0).map((to) => `${Math.max(to - 2, 2015)}-01-01 ${to}-12-31`);
    expect(windows).toEqual(expected);
    await context.close();
  });

  it('says what does not exist, with the nearest names, and what nothing matches', async () => {
    const { page, context } = await watch(browser, server);
    for (const [path, words] of [
      ['/symbols/APPL', ['There is no symbol “APPL”', 'AAPL']],
      ['/symbols/..%2F..', ['There is no symbol']],
      ['/symbols?of=..', ['There is no symbol “..”']],
      ['/economy/PAYEM', ['There is no series “PAYEM”', 'PAYEMS']],
      ['/?filter=QQQQ', ['No symbol contains “QQQQ”', 'Show all 16']],
      ['/news?q=zzzzzz', ['zzzzzz', 'Show a year of news']],
      ['/events?country=XX', ['is not in the data', 'Show all']],
    ] as const) {
      await page.goto(path);
      await page.locator('.face').waitFor();
      const text = await page.locator('main').innerText();
      for (const one of words) expect(text).toContain(one);
    }
    expect(await violations(page)).toEqual([]);
    await context.close();
  });

  it('says of an empty database what is missing, on every view', async () => {
    const other = await servePage(empty.urls.reader, false);
    const { page, context, faults } = await watch(browser, other);
    for (const [path, words] of [
      ['/', 'not one symbol'],
      ['/economy', 'not one series'],
      ['/news', 'no news in this database'],
      ['/events', 'no event within'],
    ]) {
      await page.goto(path!);
      await page.locator('.face').getByText(words!).waitFor({ timeout: 60_000 });
    }
    await page.goto('/data');
    await page.locator('.catalog').getByText('empty').first().waitFor();
    expect(await page.locator('#page').innerText()).not.toContain('Sample data');
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
    await other.close();
  });

  it('asks once for a key, and keeps it for the session', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tetra-page-'));
    const file = join(home, 'keys');
    writeFileSync(file, `reader:${createHash('sha256').update('a-key-of-the-page').digest('hex')}\n`);
    const other = await servePage(sharedDatabase().reader, true, { API_KEYS_FILE: file });
    const { page, context, faults } = await watch(browser, other);
    await page.goto('/');
    await page.getByLabel(/asks for a key/).fill('a-key-of-the-page');
    await page.keyboard.press('Enter');
    await page.locator('.rows .row').first().waitFor();
    await page.reload();
    await page.locator('.rows .row').first().waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
    await other.close();
    rmSync(home, { recursive: true });
  });

  it('draws ten thousand symbols with the rows in sight only, wherever one scrolls', async () => {
    const { page, context, faults } = await watch(browser, server);
    await page.route('**/graphql', async (route) => {
      const { query } = route.request().postDataJSON() as { query: string };
      if (!query.startsWith('query Board ')) return route.continue();
      const answer = await route.fetch();
      const body = (await answer.json()) as { data: { board: { nodes: object[] } } };
      const [row] = body.data.board.nodes;
      body.data.board.nodes = Array.from({ length: 10_000 }, (_, i) => ({
        ...row,
        symbol: `S${String(i).padStart(4, '0')}`,
      }));
      await route.fulfill({ response: answer, json: body });
    });
    await page.goto('/');
    await page.locator('.rows .row').first().waitFor();
    expect(await page.locator('[role=grid]').getAttribute('aria-rowcount')).toBe('10001');
    for (const key of ['PageDown', 'PageDown', 'End']) {
      await page.keyboard.press(key);
      expect(await page.locator('*').count()).toBeLessThan(3000);
    }
    await page.getByText('S9999').first().waitFor();
    await page.getByLabel('Filter the symbols').fill('S123');
    await page.getByText('10 of 10,000').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('weighs at most 100 kB for its first view, and 160 kB with the symbol view', async () => {
    const { page, context, quiet } = await watch(browser, server);
    const loaded = new Set<string>();
    page.on('request', (request) => {
      const name = /\/assets\/([^?]+)$/.exec(request.url())?.[1];
      if (name) loaded.add(name);
    });
    const weight = (): number =>
      [...loaded].reduce((sum, name) => {
        const best = readdirSync(ASSETS).includes(`${name}.br`) ? `${name}.br` : name;
        return sum + statSync(join(ASSETS, best)).size;
      }, 0);
    await page.goto('/');
    await page.locator('.rows .row').first().waitFor();
    await quiet();
    expect(loaded.size).toBeGreaterThanOrEqual(3);
    expect(weight()).toBeLessThanOrEqual(100_000);
    await page.keyboard.press('Enter');
    await page.locator('.chart canvas').first().waitFor();
    expect(weight()).toBeLessThanOrEqual(160_000);
    await context.close();
  });
});

describeInBrowser('how the page is served', () => {
  beforeAll(async () => {
    server = await servePage(sharedDatabase().reader, true);
  });
  afterAll(() => server.close());
  const browserAccept = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

  it('keeps assets for ever, compressed, and asks again for each document', async () => {
    for (const path of ['/', '/symbols/AAPL', '/data', '/economy', '/economy/PAYEMS', '/news', '/events']) {
      const answer = await fetch(server.url + path, { headers: browserAccept });
      expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([path, 200, 'no-cache']);
      const csp = answer.headers.get('content-security-policy')!;
      expect(csp).toContain("default-src 'none'");
      expect(csp).not.toContain('unsafe');
      const again = { ...browserAccept, 'if-none-match': answer.headers.get('etag')! };
      expect((await fetch(server.url + path, { headers: again })).status).toBe(304);
      expect(await answer.text()).toContain(`<base href="${path.split('/').length > 2 ? '../' : './'}"`);
    }
    const script = readdirSync(ASSETS).find((name) => /^index-.*\.js$/.test(name))!;
    const answer = await fetch(`${server.url}/assets/${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(await answer.text()).toBe(readFileSync(join(ASSETS, script), 'utf8'));
    expect((await fetch(`${server.url}/assets/nothing.js`)).status).toBe(404);
  });

  it('still answers JSON at / to who asks for it, and has no page with PAGE=off', async () => {
    expect(await (await fetch(server.url)).json()).toMatchObject({ name: 'Tetra Query API' });
    const off = await servePage(sharedDatabase().reader, true, { PAGE: 'off' });
    expect(await (await fetch(off.url, { headers: browserAccept })).text()).toContain('<h1>Tetra Query API</h1>');
    expect((await fetch(`${off.url}/data`, { headers: browserAccept })).status).toBe(404);
    await off.close();
  });
});
