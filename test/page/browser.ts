import { describe } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config/config.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const BUILT = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Cases that need a browser; without Debian's Chromium they are reported as skipped. */
export const describeInBrowser = CHROMIUM ? describe : describe.skip;
if (!CHROMIUM) process.stderr.write('The page is not looked at: Debian’s package chromium is not installed.\n');

/** Starts the browser. Everybody may run it, root in a container included. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });

/** A server with the page, as main makes it. */
export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a database with the page, on a port of its own. */
export async function servePage(url: string, sample: boolean, env: Record<string, string> = {}): Promise<PageServer> {
  const app = await createApp({
    url,
    sample,
    page: BUILT,
    config: loadConfig({ LOG_LEVEL: 'fatal', MAX_EVENT_LOOP_DELAY_MS: '60000', DATABASE_POOL_TIMEOUT: '10', ...env }),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => app.close() };
}

/** The built server as a process of its own, over a database that may go away. */
export async function serveBuilt(url: string, more: Record<string, string> = {}): Promise<PageServer> {
  const program = spawn(process.execPath, [fileURLToPath(new URL('../../dist/main.js', import.meta.url))], {
    env: { PATH: process.env.PATH, DATABASE_URL: url, PORT: '0', LOG_FORMAT: 'json', SHUTDOWN_DRAIN_MS: '0', ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    program.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const at = /Tetra Query API on (http:\/\/[\w.:]+)/.exec(said)?.[1];
      if (at) resolve(at);
    });
    program.once('exit', () => reject(new Error(`The server ended: ${said}`)));
  });
  return {
    url: address,
    close: async () => {
      const ended = new Promise((resolve) => program.once('exit', resolve));
      program.kill('SIGTERM');
      await ended;
    },
  };
}

/** How a reader looks at the page. */
export interface Look {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** A page that keeps what must not happen: errors, refused content, requests to other hosts. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly faults: string[];
  /** Waits until nothing is asked for any more, but for the stream of new bars. */
  readonly quiet: () => Promise<void>;
}

/** Opens a page and watches it. */
export async function watch(browser: Browser, server: PageServer, look: Look = {}): Promise<Watched> {
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width: look.width ?? 1920, height: look.height ?? 1080 },
    colorScheme: look.theme ?? 'light',
    reducedMotion: 'reduce',
    locale: 'en-US',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error.stack)));
  page.on('console', (line) => {
    if (line.type() === 'error' && !/Failed to load resource/.test(line.text())) faults.push(line.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== server.url && protocol !== 'blob:' && protocol !== 'data:') faults.push(`asked ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  const asked = new Set<Request>();
  let changedAt = 0;
  page.on('request', (request) => {
    if (!request.url().includes('/v1/market-data/stream')) asked.add(request);
  });
  const answered = (request: Request): void => {
    if (asked.delete(request)) changedAt = performance.now();
  };
  page.on('requestfinished', answered);
  page.on('requestfailed', answered);
  const quiet = async (): Promise<void> => {
    while (asked.size > 0 || performance.now() - changedAt < 500) await page.waitForTimeout(50);
  };
  return { page, context, faults, quiet };
}

interface Axe {
  run(context: Document): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
}

/** What axe-core finds wrong with a page, rule by rule. */
export async function violations(page: Page): Promise<string[]> {
  // As a script of ours and not as text in the page, which its policy forbids.
  await page.evaluate(await axeSource());
  return page.evaluate(async () => {
    const { violations: found } = await (globalThis as typeof globalThis & { axe: Axe }).axe.run(document);
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  });
}

async function axeSource(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(AXE, 'utf8');
}
