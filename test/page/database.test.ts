import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { applySetup } from '../../src/setup/apply.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/setup/embedded/postgres.js';
import { loadSample } from '../../src/setup/sample/sample.js';
import { asAdmin } from '../support/database.js';
import { describeInBrowser, type PageServer, serveBuilt, startBrowser, violations, watch } from './browser.js';

let browser: Browser;
let server: PageServer;
let postgres: EmbeddedPostgres;
let home: string;

describeInBrowser('the page when its database stops and starts', () => {
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'tetra-page-'));
    chmodSync(home, 0o711);
    postgres = await startEmbeddedPostgres({ dataDir: join(home, 'cluster') });
    await asAdmin(postgres.url(), async (client) => {
      await applySetup(client, { timescaledb: 'never' });
      await loadSample(client);
    });
    browser = await startBrowser();
    server = await serveBuilt(postgres.url());
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await postgres?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('keeps what was read, says so with its age, and comes back by itself', async () => {
    const { page, context, faults } = await watch(browser, server);
    await page.clock.install();
    await page.goto('/');
    await page.locator('.rows .row').first().waitFor();
    const { port } = postgres;
    await postgres.stop();

    // The next look, thirty seconds on, finds no database.
    await page.clock.fastForward(31_000);
    await page.locator('.notice').waitFor({ timeout: 60_000 });
    expect(await page.locator('.notice').innerText()).toMatch(/Shown is what was read \d+ (s|min) ago/);
    expect(await page.locator('.rows .row').count()).toBe(16);
    expect(await violations(page)).toEqual([]);

    // A reader who comes now sees the problem's own words.
    const other = await watch(browser, server);
    await other.page.goto('/events');
    await other.page.locator('.face .code').waitFor({ timeout: 60_000 });
    expect(await other.page.locator('.face').innerText()).toContain('database_unavailable');

    postgres = await startEmbeddedPostgres({ dataDir: join(home, 'cluster'), port });
    await other.page.locator('.event-row').first().waitFor({ timeout: 90_000 });
    await page.locator('.notice').waitFor({ state: 'detached', timeout: 90_000 });
    expect(faults).toEqual([]);
    await other.context.close();
    await context.close();
  });

  it('says that it is offline, and reads again when the network is back', async () => {
    const { page, context } = await watch(browser, server);
    await page.goto('/');
    await page.locator('.rows .row').first().waitFor();
    await context.setOffline(true);
    await page.locator('.notice.offline').waitFor();
    expect(await page.locator('.rows .row').count()).toBe(16);
    await context.setOffline(false);
    await page.locator('.notice').waitFor({ state: 'detached' });
    await context.close();
  });
});
