import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { doctor } from '../../src/bin/doctor.js';
import type { Diagnosis, Finding } from '../../src/operations/doctor/report.js';
import { applyRetention } from '../../src/setup/apply.js';
import { retain } from '../../src/setup/retention.js';
import { setup, tetra } from './support/commands.js';
import { everything, inScratch, insertBars, type Scratch } from './support/scratch.js';
import { hasTimescaledb } from './support/timescaledb.js';

const server = process.env.TEST_DATABASE_URL!;
const named = (await hasTimescaledb('Remedies', server)) ? it : it.skip;
const WHOLE = `call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`;

async function findings(url: string): Promise<readonly Finding[]> {
  let json = '';
  await doctor(['--json', url], (text) => (json += text));
  return (JSON.parse(json) as { diagnoses: Diagnosis[] }).diagnoses[0]!.findings;
}

/** The commands and statements of ours inside a remedy, in their order. */
function commandsOf(remedy: string): string[] {
  const found = remedy.matchAll(
    /npx tetra (?:refresh|retain)(?: --[a-z]+)*|npm run db:setup(?: -- --retention)?|\b(?:CALL|ALTER MATERIALIZED VIEW) [^;]*/g,
  );
  return [...found].map(([text]) => text.trim());
}

async function runs({ url, client }: Scratch, command: string): Promise<void> {
  const [, name, ...args] = command.split(' ');
  if (command.startsWith('npx tetra ')) {
    const { status, stderr } = await tetra(url, ...args);
    expect({ command, status: status === 2, stderr }).toEqual({ command, status: false, stderr: '' });
  } else if (name === 'run') expect((await setup(url, ...args.filter((arg) => /^--./.test(arg)))).status).toBe(0);
  else await client.query(command);
}

/** Half a year of bars and their daily bars. */
async function bars({ client }: Scratch): Promise<void> {
  await insertBars(client, 6);
  await client.query(WHOLE);
}

/** Retention works: two months are kept. */
async function retained(scratch: Scratch): Promise<void> {
  await bars(scratch);
  await applyRetention(scratch.client);
  await scratch.client.query(`update market_data.ohlcv_retention set keep = interval '60 days'`);
  await retain(scratch.connect);
}

const LATE = `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  select symbol, day + interval '14 hours 7 minutes', open, open, open, open, 1, '1m', 'late'
  from market_data.ohlcv_daily where symbol = 'BBB' order by day limit 1`;

const STATES: [code: string, make: (scratch: Scratch) => Promise<void>][] = [
  [
    'aggregate_without_history',
    async (scratch) => {
      // The worst case: old bars were dropped, newer ones were corrected, and one came late for a day that was dropped.
      await bars(scratch);
      await scratch.client.query(`select drop_chunks('market_data.ohlcv', older_than => now() - interval '3 months')`);
      await scratch.client.query(LATE);
      await scratch.client.query(
        `update market_data.ohlcv set close = close where timestamp between now() - interval '60 days' and now() - interval '50 days'`,
      );
    },
  ],
  [
    'aggregate_not_real_time',
    async (scratch) => {
      await bars(scratch);
      await scratch.client.query(
        'alter materialized view market_data.ohlcv_daily set (timescaledb.materialized_only = true)',
      );
    },
  ],
  [
    'retention_deletes',
    async (scratch) => {
      await bars(scratch);
      await scratch.client.query(
        `select add_retention_policy('market_data.ohlcv', interval '60 days', initial_start => now() + interval '1 day')`,
      );
    },
  ],
  [
    'retention_paused',
    async (scratch) => {
      await retained(scratch);
      await scratch.client.query(`${LATE}; update market_data.ohlcv_retention set place = 'elsewhere'`);
    },
  ],
  [
    'retention_failed',
    async (scratch) => {
      await retained(scratch);
      await scratch.client.query(`update market_data.ohlcv_retention set last_error = 'no space left'`);
    },
  ],
  [
    'retention_late',
    async (scratch) => {
      await retained(scratch);
      await scratch.client.query(`update market_data.ohlcv_retention set last_finished = now() - interval '9 days'`);
    },
  ],
];

/** How many bars and how many stored days there are, whatever they say. */
const rows = ({ bars: b, days }: { bars: string; days: string }): string[] =>
  [b, days].map((text) => text.split(',')[0]!);

describe('remedies', () => {
  named.each(STATES)(
    'of the doctor for %s delete nothing that exists only once',
    async (code, make) => {
      await inScratch(server, `remedy_${code}`, async (scratch) => {
        await make(scratch);
        const found = await findings(scratch.url);
        expect(found.map((finding) => finding.code)).toContain(code);
        const before = await everything(scratch);
        const commands = found.flatMap(({ fix }) => commandsOf(fix ?? ''));
        expect(commands.length).toBeGreaterThan(0);
        for (const command of commands) {
          await runs(scratch, command);
          const after = await everything(scratch);
          expect({ command, rows: rows(after) }).toEqual({ command, rows: rows(before) });
        }
        if (!/retention_paused/.test(code)) expect(await everything(scratch)).toEqual(before);
      });
    },
    300_000,
  );

  named('of the alerts delete nothing where all of it is wrong at once', async () => {
    const remedies = ['alerts.yml', 'backup-alerts.yml'].flatMap((file) => {
      const text = readFileSync(new URL(`../../deploy/prometheus/${file}`, import.meta.url), 'utf8');
      return [...text.matchAll(/^ +remedy: (.+)$/gm)].flatMap(([, remedy]) => commandsOf(remedy!));
    });
    expect(remedies).toEqual(expect.arrayContaining(['npx tetra refresh', 'npx tetra retain --go']));
    await inScratch(server, 'remedy_alerts', async (scratch) => {
      await retained(scratch);
      await scratch.client.query(LATE);
      await scratch.client.query(`update market_data.ohlcv_retention set place = 'elsewhere', last_error = 'x'`);
      const before = await everything(scratch);
      for (const remedy of new Set(remedies)) {
        await runs(scratch, remedy);
        expect({ remedy, rows: rows(await everything(scratch)) }).toEqual({ remedy, rows: rows(before) });
      }
    });
  });
});
