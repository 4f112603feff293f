import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { describeInBrowser, type PageServer, serveBuilt, startBrowser, violations, watch } from './browser.js';
import { priceOf, state, writeClose } from './live.js';

let browser: Browser;
let server: PageServer;
let database: TestDatabase;
let home: string;

const KEY = 'key-of-alice';
const keysOf = (...keys: string[]): string =>
  keys.map((key, n) => `holder${n}:${createHash('sha256').update(key).digest('hex')}\n`).join('');

/** Types a text over what an editor of GraphiQL has. */
async function typeInto(page: Page, editor: string, text: string): Promise<void> {
  await page.locator(editor).locator('visible=true').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

const SUBSCRIPTION = 'subscription { latestUpdated(symbols: ["AAPL"]) { bar { symbol close } } }';

describeInBrowser('with API keys', () => {
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'tetra-page-keys-'));
    writeFileSync(join(home, 'keys'), keysOf(KEY, 'another'));
    database = await createDatabase({ sample: true });
    browser = await startBrowser();
    server = await serveBuilt(database.urls.reader, { API_KEYS_FILE: join(home, 'keys') });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await database?.drop();
    rmSync(home, { recursive: true, force: true });
  });

  it('GraphiQL runs a subscription with the key of its headers, and shows each change, or the refusal', async () => {
    const { page, context, faults } = await watch(browser, server);
    await page.goto('/graphql');
    await typeInto(page, '.graphiql-query-editor .CodeMirror', SUBSCRIPTION);
    const answer = page.locator('.result-window .CodeMirror');
    const run = page.locator('.graphiql-execute-button');
    await run.click();
    await answer.getByText('"unauthorized"', { exact: true }).waitFor();

    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await typeInto(page, '.graphiql-editor-tool .graphiql-editor .CodeMirror', JSON.stringify({ 'x-api-key': KEY }));
    await run.click();
    await answer.getByText('"AAPL"').waitFor();
    await writeClose(database, 'AAPL', 123.45);
    await answer.getByText('123.45').waitFor();
    await writeClose(database, 'AAPL', 123.46);
    await answer.getByText('123.46').waitFor();
    const left = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/graphql/stream'));
    await run.click();
    await left;
    expect(faults).toEqual([]);
    await context.close();
  });

  it('the page asks for a key, again for one that is refused, and listens with one that is good', async () => {
    const { page, context } = await watch(browser, server);
    const streams: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/v1/market-data/stream')) streams.push(request.headers().authorization);
    });
    await page.goto('/');
    const field = page.getByLabel('This server asks for a key');
    const use = page.getByRole('button', { name: 'Use it' });
    await field.waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.face', { hasText: 'needs a valid API key' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await field.fill('a-guess');
    await use.click();
    await page.getByText('was refused').waitFor();
    await field.fill(KEY);
    await use.click();
    await state(page, 'live');
    await writeClose(database, 'MSFT', 77.77);
    await priceOf(page, 'MSFT', '77.77');
    expect(streams).toEqual([`Bearer ${KEY}`]);
    expect(page.url()).not.toContain('key');

    // A key that is withdrawn ends what it listened to.
    writeFileSync(join(home, 'keys'), keysOf('another'));
    await writeClose(database, 'MSFT', 78.88);
    await page.getByText('was refused').waitFor();
    expect(await page.locator('.rows .row').count()).toBe(16);
    await field.fill('another');
    await use.click();
    await state(page, 'live');
    await priceOf(page, 'MSFT', '78.88');
    expect(new Set(streams)).toEqual(new Set([`Bearer ${KEY}`, 'Bearer another']));
    await context.close();
  });
});
