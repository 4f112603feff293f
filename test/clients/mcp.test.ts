import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PACKAGES = join(HERE, 'node_modules/@modelcontextprotocol');

let api: TestApp;
let url: string;
let home: string;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await api.app.listen(0, '127.0.0.1');
  const { port } = api.app.getHttpServer().address() as AddressInfo;
  url = `http://localhost:${port}`;
  home = mkdtempSync(join(tmpdir(), 'tetra-mcp-'));
  await symbolsRead(api);
}, 60_000);
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await api.close();
});

/** Runs a program of ours or of a package, and returns what it printed; one that fails fails the case. */
async function run(...args: string[]): Promise<string> {
  const env = { ...process.env, HOME: home, NO_COLOR: '1', CI: 'true' };
  return (await promisify(execFile)(process.execPath, args, { cwd: home, env })).stdout;
}

describe("the Model Context Protocol's own programs", () => {
  // The others of a server want tools and resources of their own names.
  it.each(['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'])(
    'conformance: %s',
    async (scenario) => {
      const runner = join(PACKAGES, 'conformance/dist/index.js');
      const said = await run(runner, 'server', '--url', `${url}/mcp`, '--scenario', scenario);
      expect(said).toMatch(/Passed: [1-9]\d*\/\d+, 0 failed, 0 warnings/);
    },
  );

  const inspect = async (...args: string[]): Promise<unknown> => {
    const inspector = join(PACKAGES, 'inspector/clients/launcher/build/index.js');
    return JSON.parse(
      await run(inspector, '--cli', `${url}/mcp`, '--transport', 'http', '--method', ...args),
    ) as unknown;
  };

  it('the inspector lists the tools and calls one', async () => {
    const { tools } = (await inspect('tools/list')) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toContain('price_history');
    const call = ['tools/call', '--tool-name', 'price_history', '--tool-arg', 'symbol=^GSPC', 'start=2019-01-01'];
    const { content } = (await inspect(...call)) as { content: { text: string }[] };
    expect(JSON.parse(content[0]!.text)).toMatchObject({ symbol: '^GSPC', data_through: '2020-04-17' });
  });

  it("the SDK's client asks for five symbols over two years, for less than 8 kB", async () => {
    const said = JSON.parse(await run(join(HERE, 'programs/mcp.mjs'), url)) as Record<string, number>;
    expect(said).toMatchObject({
      server: 'tetra-query-api',
      tools: 8,
      isError: false,
      symbols: ['AAPL', 'JPM', 'KO', 'MSFT', 'SPY'],
      wrong: true,
    });
    expect(said.bytes).toBeLessThan(8000);
    expect(said.descriptionTokens).toBeLessThan(1500);
  });
});
