import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Operation } from './operation';
import type { Read } from './read';
import { addressOf, HEADERS } from './send';

/** The request that made what is shown, for the bar at the foot. */
interface Shown {
  readonly name: string;
  readonly text: string;
  readonly variables: unknown;
  /** Addresses of the plain REST routes that say the same. */
  readonly rest: readonly string[];
  readonly read: Read<unknown>;
}

/** The request of the view. */
export const shown = signal<Shown | null>(null);

/** Says which request made a view. */
export function useShown<Data, Variables>(
  { name, text }: Operation<Data, Variables>,
  variables: Variables | null,
  read: Read<Data>,
  rest: readonly string[],
): void {
  const key = name + JSON.stringify(variables) + rest.join();
  useEffect(() => {
    shown.value = { name, text, variables, rest, read: read };
  }, [key]);
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The request as curl sends it. */
export function asCurl({ text, variables, rest }: Shown): string {
  const body = JSON.stringify({ query: oneLine(text), variables });
  const headers = Object.entries(HEADERS).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const plain = rest.map((path) => `curl -s ${quoted(addressOf(path))}`);
  return [
    ...plain,
    '',
    '# the whole view in one request',
    `curl -s ${quoted(addressOf('graphql'))} ${headers.join(' ')} -d ${quoted(body)}`,
  ].join('\n');
}

/** The operation and its variables. */
export const asGraphql = ({ text, variables }: Shown): string =>
  `${text}\n\n# variables\n${JSON.stringify(variables, null, 2)}`;

/** The same data as a table in pandas. */
export function asPandas({ rest }: Shown): string {
  const url = new URL(addressOf(rest[0] ?? ''));
  if (!url.pathname.endsWith('/catalog')) url.searchParams.set('format', 'csv');
  const text = JSON.stringify(url.href);
  if (!url.searchParams.has('format')) {
    return `import pandas as pd\nimport requests\n\nurl = ${text}\ndf = pd.DataFrame(requests.get(url).json()["data"]["data_sets"])\nprint(df)`;
  }
  return `import pandas as pd\n\nurl = ${text}\ndf = pd.read_csv(url)\nprint(df)`;
}
