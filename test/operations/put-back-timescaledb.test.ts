import { describe, expect, it } from '@jest/globals';
import { applyRetention } from '../../src/setup/apply.js';
import { retain } from '../../src/setup/retention.js';
import { makeHome } from './support/cluster.js';
import { everything, inScratch, insertBars, type Scratch } from './support/scratch.js';
import { hasTimescaledb } from './support/timescaledb.js';
import { must, type Outcome, run } from './support/tools.js';

const server = process.env.TEST_DATABASE_URL!;
const named = (await hasTimescaledb('put-back.sh', server)) ? it : it.skip;
const REFRESH = `call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`;
const { hostname, port, username, password } = new URL(server ?? 'postgres://none');
const env = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };

/** What was lost, and a database that still has it; `work` gets the one that lost, the other, and the script. */
async function withLoss(
  work: (lost: Scratch, kept: Scratch, putBack: (...options: string[]) => Promise<Outcome>) => Promise<void>,
): Promise<void> {
  const home = makeHome();
  const named = (url: string): string => new URL(url).pathname.slice(1);
  try {
    await inScratch(server, 'kept', (kept) =>
      inScratch(server, 'lost', async (lost) => {
        await insertBars(kept.client, 6);
        await kept.client.query(`insert into news.news_articles (title, url, published_at)
          select 'Article ' || i, 'x:' || i, now() from generate_series(1, 50) as i`);
        await kept.client.query(`select compress_chunk(c) from show_chunks('market_data.ohlcv') as c limit 10`);
        const from = `host=${hostname} port=${port} user=${username} dbname=${named(kept.url)}`;
        await must('bash', [home.script('put-back.sh'), '--from', from, named(lost.url)], env);
        for (const { client } of [kept, lost]) await client.query(REFRESH);
        await work(lost, kept, (...options) =>
          run('bash', [home.script('put-back.sh'), '--from', from, ...options, named(lost.url)], env),
        );
      }),
    );
  } finally {
    home.remove();
  }
}

describe('put-back.sh', () => {
  named(
    'puts back what is not there, into compressed chunks too, and changes nothing that is',
    () =>
      withLoss(async (lost, kept, putBack) => {
        expect(await everything(lost)).toEqual(await everything(kept));
        await lost.client.query(`select compress_chunk(c) from show_chunks('market_data.ohlcv') as c limit 10`);
        await lost.client.query(`delete from market_data.ohlcv where symbol = 'BBB'; delete from news.news_articles
          where url < 'x:3'; update news.news_articles set title = 'Corrected' where url = 'x:7'`);
        const counted = await putBack('--dry-run');
        expect(counted.stdout).toMatch(/market_data\.ohlcv: [1-9]\d* of \d+ rows would be put back/);
        expect((await lost.one<{ n: string }>(`select count(*) as n from news.news_articles`)).n).not.toBe('50');

        expect(await putBack()).toMatchObject({ status: 0, stderr: '' });
        await lost.client.query(REFRESH);
        expect(await everything(lost)).toEqual(await everything(kept));
        const articles = await lost.one(`select count(*)::int as n, max(title) filter (where url = 'x:7') as title
          from news.news_articles`);
        expect(articles).toEqual({ n: 50, title: 'Corrected' });
      }),
    120_000,
  );

  named(
    'leaves bars in the archive that were archived meanwhile',
    () =>
      withLoss(async (lost, kept, putBack) => {
        await applyRetention(lost.client);
        await lost.client.query(`update market_data.ohlcv_retention set keep = interval '60 days'`);
        await retain(lost.connect);
        const before = await everything(lost);
        const count = `select count(*)::int as n from market_data.ohlcv`;
        const { n } = await lost.one<{ n: number }>(count);
        await lost.client.query(`delete from market_data.ohlcv where symbol = 'AAA'`);
        expect(await putBack('--where', `"timestamp" < now()`, '--table', 'market_data.ohlcv')).toMatchObject({
          status: 0,
        });
        expect((await lost.one<{ n: number }>(count)).n).toBe(n);
        expect((await everything(lost)).bars).toBe(before.bars);
        expect((await everything(kept)).bars).toBe(before.bars);
      }),
    120_000,
  );

  named(
    'puts nothing back when one table fails',
    () =>
      withLoss(async (lost, _kept, putBack) => {
        await lost.client.query(`delete from market_data.ohlcv where symbol = 'BBB'; delete from news.news_articles`);
        await lost.client.query(`alter table news.news_articles add constraint none check (title <> 'Article 9')`);
        const { status, stderr } = await putBack();
        expect(status).toBe(1);
        expect(stderr).toContain('nothing was put back');
        expect(
          await lost.one(`select (select count(*)::int from news.news_articles) as articles,
          (select count(*)::int from market_data.ohlcv where symbol = 'BBB') as bars`),
        ).toEqual({ articles: 0, bars: 0 });
      }),
    120_000,
  );
});
