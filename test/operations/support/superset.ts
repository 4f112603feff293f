import { readdirSync, readFileSync } from 'node:fs';
import { load as parseYaml } from 'js-yaml';

const folder = new URL('../../../deploy/superset/bundle/', import.meta.url);

export interface Dataset {
  readonly uuid: string;
  readonly table_name: string;
  readonly sql: string;
  readonly main_dttm_col: string;
  readonly database_uuid: string;
  readonly columns: { readonly column_name: string; readonly type: string; readonly is_dttm: boolean }[];
  readonly metrics: { readonly metric_name: string; readonly expression: string }[];
}

interface TimeFilter {
  readonly operator: string;
  readonly subject: string;
  readonly comparator: string;
}

export interface Chart {
  readonly uuid: string;
  readonly dataset_uuid: string;
  readonly slice_name: string;
  readonly viz_type: string;
  readonly params: {
    readonly viz_type: string;
    readonly x_axis?: string;
    readonly time_grain_sqla?: 'P1D' | 'P1M';
    readonly groupby: string[];
    readonly metrics: string[];
    readonly timeseries_limit_metric?: string;
    readonly adhoc_filters: TimeFilter[];
    readonly order_desc: boolean;
    readonly row_limit: number;
  };
}

export interface NativeFilter {
  readonly id: string;
  readonly name: string;
  readonly filterType: string;
  readonly targets: { readonly datasetUuid?: string; readonly column?: { readonly name: string } }[];
  readonly time_range?: string;
  readonly granularity_sqla?: string;
  readonly scope: { readonly excluded: number[] };
  readonly defaultDataMask: {
    readonly extraFormData: {
      readonly time_range?: string;
      readonly filters?: { readonly col: string; readonly op: string; readonly val: string[] }[];
    };
  };
}

interface Placed {
  readonly type: string;
  readonly children?: string[];
  readonly meta?: { readonly uuid: string; readonly chartId: number; readonly width: number };
}

export interface Dashboard {
  readonly position: Record<string, string | Placed>;
  readonly metadata: { readonly native_filter_configuration: NativeFilter[] };
}

/** Every file of the bundle by its path in it, as YAML reads it. */
export const files = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => [name, parseYaml(readFileSync(new URL(name, folder), 'utf8')) as object]),
);
const of = <T>(kind: string): T[] =>
  [...files].filter(([name]) => name.startsWith(`${kind}/`)).map(([, file]) => file as T);

export const database = files.get('databases/Tetra.yaml') as { readonly uuid: string; readonly sqlalchemy_uri: string };
export const datasets = of<Dataset>('datasets');
export const charts = of<Chart>('charts');
export const [dashboard] = of<Dashboard>('dashboards') as [Dashboard];
export const filters = dashboard.metadata.native_filter_configuration;

/** Instants without a zone, in UTC: Superset's `from_dttm` and `to_dttm`. */
export type Range = readonly [from: string, to: string];

/** The range that Superset makes of its words when the day is the first of 2025. */
export function rangeOf(words: string): Range {
  const from: Record<string, string> = {
    'Last month': '2024-12-01T00:00:00',
    'Last quarter': '2024-10-01T00:00:00',
    'Last year': '2024-01-01T00:00:00',
    '1900-01-01 : now': '1900-01-01T00:00:00',
  };
  if (!from[words]) throw new Error(`No range is known for "${words}".`);
  return [from[words], '2025-01-01T00:00:00'];
}

/** The SQL of a dataset as Jinja makes it of a time range, or without one. */
export function rendered({ sql }: Dataset, range: Range | null): string {
  const [from, to] = range ?? ['', ''];
  return sql
    .replace(/\{% if from_dttm and to_dttm %\}(.*?)\{% else %\}(.*?)\{% endif %\}/s, range ? '$1' : '$2')
    .replaceAll('{{ from_dttm }}', from)
    .replaceAll('{{ to_dttm }}', to);
}

const TRUNCATED = { P1D: 'day', P1M: 'month' };

/** A select of a chart or a filter, as Superset writes it around a table: its own bounds are only stable functions. */
function select(asked: {
  readonly table: string;
  readonly columns: readonly (readonly [expression: string, label: string])[];
  readonly metrics: readonly (readonly [expression: string, label: string])[];
  readonly time: string;
  readonly range: Range;
  readonly symbols: string;
  readonly order: string;
  readonly limit: number;
}): string {
  const at = (instant: string): string =>
    `TO_TIMESTAMP('${instant.replace('T', ' ')}.000000', 'YYYY-MM-DD HH24:MI:SS.US')`;
  const selected = [...asked.columns, ...asked.metrics].map(([expression, label]) => `${expression} AS "${label}"`);
  const conditions = [`${asked.time} >= ${at(asked.range[0])}`, `${asked.time} < ${at(asked.range[1])}`];
  if (asked.symbols) conditions.push(asked.symbols);
  return [
    `SELECT ${selected.join(', ')} FROM ${asked.table} WHERE ${conditions.join(' AND ')}`,
    `GROUP BY ${asked.columns.map(([expression]) => expression).join(', ')}`,
    `ORDER BY ${asked.order} LIMIT ${asked.limit}`,
  ].join(' ');
}

const virtual = (dataset: Dataset, range: Range): string => `(${rendered(dataset, range)}\n) AS virtual_table`;
const datasetOf = (uuid: string): Dataset => datasets.find((dataset) => dataset.uuid === uuid)!;

/** The filters of the dashboard that are on a chart when it opens. */
function filtersOn(chart: Chart): NativeFilter[] {
  const placed = Object.values(dashboard.position).find(
    (part) => typeof part === 'object' && part.meta?.uuid === chart.uuid,
  ) as Placed;
  return filters.filter(({ scope }) => !scope.excluded.includes(placed.meta!.chartId));
}

/** What Superset asks for a chart on the dashboard, of its dataset or of another table in its place. */
export function statementOf(chart: Chart, symbol: string, table?: string): string {
  const dataset = datasetOf(chart.dataset_uuid);
  const { params } = chart;
  const on = filtersOn(chart).map(({ defaultDataMask }) => defaultDataMask.extraFormData);
  const words = on.find(({ time_range }) => time_range)?.time_range ?? params.adhoc_filters[0]!.comparator;
  const time = params.adhoc_filters[0]!.subject;
  const grain = TRUNCATED[params.time_grain_sqla ?? 'P1D'];
  const [chosen] = on.flatMap(({ filters: some = [] }) => some);
  return select({
    table: table ?? virtual(dataset, rangeOf(words)),
    columns: [
      ...(params.x_axis ? [[`DATE_TRUNC('${grain}', ${params.x_axis})`, params.x_axis] as const] : []),
      ...params.groupby.map((column) => [column, column] as const),
    ],
    metrics: params.metrics.map((name) => [
      dataset.metrics.find(({ metric_name }) => metric_name === name)!.expression,
      name,
    ]),
    time,
    range: rangeOf(words),
    symbols: chosen ? `${chosen.col} ${chosen.op} ('${symbol}')` : '',
    order: `"${params.timeseries_limit_metric ?? params.metrics[0]!}" ${params.order_desc ? 'DESC' : 'ASC'}`,
    limit: params.row_limit,
  });
}

/** What Superset asks for the values that a filter offers; null where it offers none from the database. */
export function valuesOf({
  targets: [target],
  granularity_sqla: time,
  time_range: words,
}: NativeFilter): string | null {
  if (!target?.datasetUuid || !target.column) return null;
  const { name } = target.column;
  const range = rangeOf(words!);
  return select({
    table: virtual(datasetOf(target.datasetUuid), range),
    columns: [[name, name]],
    metrics: [],
    time: time!,
    range,
    symbols: '',
    order: `${name} ASC`,
    limit: 1000,
  });
}
