import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import '../styles/lists.css';
import { News, type NewsQuery } from '../api/operations';
import { useRead } from '../api/read';
import { send } from '../api/send';
import { useShown } from '../api/shown';
import { addDays, local, today, weekdayName } from '../format/time';
import { useKeys } from '../state/keys';
import { param, setParams } from '../state/route';
import { Face, Notice, Progress, Segments, Waiting } from '../ui/faces';

type Article = NonNullable<NewsQuery['news']>['nodes'][number];
const WINDOWS = ['7', '30', '90', '365'] as const;

/** A text with the words of a search marked. */
function marked(text: string, query: string): ComponentChildren {
  const words = (query.match(/[\p{L}\p{N}^.]{2,}/gu) ?? []).filter((word) => !/^or$/i.test(word));
  if (words.length === 0) return text;
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.^]/g, '\\$&')).join('|')})`, 'giu');
  return text.split(pattern).map((part, i) => (i % 2 === 1 ? <mark key={i}>{part}</mark> : part));
}

/** Articles: search, window, sources. */
export function NewsView(): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const query = param('q');
  const source = param('source');
  const days = WINDOWS.find((one) => one === param('days')) ?? '30';
  const typed = useSignal(query);
  const more = useSignal<{ readonly of: string; readonly nodes: readonly Article[]; readonly cursor: string | null }>({
    of: '',
    nodes: [],
    cursor: null,
  });
  const timer = useRef(0);
  const variables = useMemo(
    () => ({
      query: query || null,
      start: `${addDays(today(), -Number(days))}T00:00:00Z`,
      sources: source ? [source] : null,
      after: null,
    }),
    [query, days, source],
  );
  const read = useRead(News, variables);
  const rest = new URLSearchParams({
    start: variables.start,
    ...(query ? { q: query } : {}),
    ...(source ? { source } : {}),
  });
  useShown(News, variables, read, [`v1/news?${rest.toString()}`]);
  useKeys({ f: () => field.current?.focus() });
  useEffect(() => void (document.title = 'News · Tetra'), []);
  useEffect(() => {
    if (document.activeElement !== field.current) typed.value = query;
  }, [query]);
  const news = read.answer.value?.data.news;
  const set = read.answer.value?.data.catalog?.dataSets.find(({ relation }) => relation === 'news_articles');
  const of = JSON.stringify(variables);
  const further = more.value.of === of ? more.value : { nodes: [], cursor: null };
  const articles = [...(news?.nodes ?? []), ...further.nodes];
  const cursor =
    further.nodes.length > 0 ? further.cursor : news?.pageInfo.hasNextPage ? news.pageInfo.endCursor : null;
  const readMore = async (): Promise<void> => {
    const { data } = await send(News, { ...variables, after: cursor });
    const page = data.news;
    if (page) {
      const next = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      more.value = { of, nodes: [...further.nodes, ...page.nodes], cursor: next };
    }
  };
  const counts = new Map<string, number>();
  for (const { source: name } of articles) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sources = [...new Set([...(set?.sources ?? []), ...counts.keys()])].sort();
  return (
    <div class="aside-view">
      <Progress read={read} />
      <aside class="side" aria-label="Search">
        <h1 tabIndex={-1} class="unseen">
          News
        </h1>
        <input
          ref={field}
          type="search"
          aria-label="Search the news"
          placeholder="Search the news (f)"
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            clearTimeout(timer.current);
            timer.current = window.setTimeout(() => setParams({ q: typed.value.trim() }), 250);
          }}
        />
        <Segments
          label="Window"
          value={days}
          options={WINDOWS.map((one) => [one, `${one} d`])}
          choose={(one) => setParams({ days: one === '30' ? '' : one })}
        />
        {news && (
          <p class="quiet">
            {articles.length}
            {cursor ? ' newest' : ''} article{articles.length === 1 ? '' : 's'}
            {articles[0] && `, newest ${articles[0].publishedAt.slice(0, 10)}`}
          </p>
        )}
        {news && <Days articles={articles} start={variables.start.slice(0, 10)} />}
        <ul class="choices">
          {['', ...sources].map((name) => (
            <li key={name}>
              <button class="plain" aria-pressed={name === source} onClick={() => setParams({ source: name })}>
                <span>{name || 'All sources'}</span>
                <span class="quiet">{name && (counts.get(name) ?? '')}</span>
              </button>
            </li>
          ))}
        </ul>
      </aside>
      <div class="scroll" tabIndex={0} role="region" aria-label="Articles">
        <Notice read={read} />
        {!news ? (
          <Waiting read={read} />
        ) : articles.length === 0 ? (
          <Nothing last={set?.last ?? null} query={query} days={days} />
        ) : (
          <>
            <Articles articles={articles} query={query} />
            {cursor && (
              <p class="more">
                <button onClick={() => void readMore()}>Show older ones</button>
              </p>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function Nothing(props: { readonly last: string | null; readonly query: string; readonly days: string }): JSX.Element {
  if (props.last === null) {
    return (
      <Face title="There is no news in this database yet.">
        <p>
          The pipeline writes articles to <code>news.news_articles</code>.
        </p>
      </Face>
    );
  }
  return (
    <Face
      title={
        props.query
          ? `No article of these ${props.days} days says “${props.query}”.`
          : `No article in these ${props.days} days.`
      }
    >
      <p>The newest one is of {props.last.slice(0, 10)}.</p>
      <p>
        <button onClick={() => setParams({ q: '', source: '', days: '365' })}>Show a year of news</button>
      </p>
    </Face>
  );
}

/** A bar a day of what was read. */
function Days({ articles, start }: { readonly articles: readonly Article[]; readonly start: string }): JSX.Element {
  const counts = new Map<string, number>();
  for (const { publishedAt } of articles)
    counts.set(publishedAt.slice(0, 10), (counts.get(publishedAt.slice(0, 10)) ?? 0) + 1);
  const days: string[] = [];
  for (let day = start; day <= today(); day = addDays(day, 1)) days.push(day);
  const most = Math.max(1, ...counts.values());
  const step = 256 / days.length;
  const path = days
    .map((day, i) => {
      const height = Math.max(1, (42 * (counts.get(day) ?? 0)) / most);
      const width = Math.max(0.5, step * 0.85).toFixed(2);
      return `M${(i * step).toFixed(2)} 44h${width}v-${height.toFixed(1)}h-${width}z`;
    })
    .join('');
  return (
    <svg class="days" viewBox="0 0 256 44" role="img" aria-label="Articles a day">
      <path class="fill whole" d={path} />
    </svg>
  );
}

function Articles({ articles, query }: { readonly articles: readonly Article[]; readonly query: string }): JSX.Element {
  let day = '';
  return (
    <div class="articles">
      {articles.map((article) => {
        const own = article.publishedAt.slice(0, 10);
        const begins = own !== day;
        day = own;
        return (
          <>
            {begins && (
              <h2 key={own} class="day-head">
                {weekdayName(own)} <b>{own}</b>
              </h2>
            )}
            <article key={article.id}>
              <p class="when" title={local(article.publishedAt)}>
                {article.publishedAt.slice(11, 16)}
                <br />
                <span>{article.source}</span>
              </p>
              <div>
                <h3>
                  <a href={/^https?:\/\//.test(article.url) ? article.url : undefined} target="_blank" rel="noreferrer">
                    {marked(article.title, query)}
                  </a>
                </h3>
                {article.description && <p class="description">{marked(article.description, query)}</p>}
              </div>
            </article>
          </>
        );
      })}
    </div>
  );
}
