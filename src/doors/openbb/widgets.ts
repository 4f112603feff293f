/** A parameter of a widget, as OpenBB Workspace's `widgets.json` has it. */
interface Parameter {
  readonly paramName: string;
  readonly label: string;
  readonly description: string;
  readonly type: 'text' | 'date' | 'number';
  readonly value: string | number;
  readonly options?: readonly { readonly label: string; readonly value: string }[];
}

/** A widget: a table of a route, or a chart of the data feed. */
interface Widget {
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly type: 'table' | 'advanced_charting';
  readonly endpoint: string;
  readonly gridData: { readonly w: number; readonly h: number };
  readonly data: Readonly<Record<string, unknown>>;
  readonly params?: readonly Parameter[];
  readonly source: readonly string[];
}

const SOURCE = ['Tetra'];
const HALF = { w: 20, h: 12 };

const SYMBOLS: Parameter = {
  paramName: 'symbols',
  label: 'Symbols',
  description: 'Names, separated by commas',
  type: 'text',
  value: 'AAPL',
};
const START: Parameter = {
  paramName: 'start',
  label: 'From',
  description: 'First day, in UTC',
  type: 'date',
  value: '$currentDate-1y',
};
const END: Parameter = {
  paramName: 'end',
  label: 'To',
  description: 'Last day, in UTC',
  type: 'date',
  value: '$currentDate',
};

function choice(paramName: string, label: string, description: string, values: readonly string[]): Parameter {
  const options = values.map((value) => ({ label: value.replaceAll('_', ' '), value }));
  return { paramName, label, description, type: 'text', value: values[0]!, options };
}

/** A table of the rows that a route has in `data`. */
function table(
  name: string,
  description: string,
  category: string,
  endpoint: string,
  columns: Readonly<Record<string, readonly [header: string, type: 'text' | 'number' | 'date']>>,
  params: readonly Parameter[] = [],
): Widget {
  const columnsDefs = Object.entries(columns).map(([field, [headerName, cellDataType]]) => ({
    field,
    headerName,
    cellDataType,
  }));
  const data = { dataKey: 'data', table: { enableCharts: true, showAll: false, columnsDefs } };
  return { name, description, category, type: 'table', endpoint, gridData: HALF, data, params, source: SOURCE };
}

/** Every widget by its id. Source: OpenBB's reference of `widgets.json`. */
export const WIDGETS: Readonly<Record<string, Widget>> = {
  tetra_chart: {
    name: 'Price chart',
    description: 'Bars of any interval of a symbol, with its events as marks.',
    category: 'Market data',
    type: 'advanced_charting',
    endpoint: '/udf',
    gridData: { w: 20, h: 20 },
    data: { defaultSymbol: 'AAPL', updateFrequency: 60_000 },
    source: SOURCE,
  },
  tetra_board: table(
    'Market board',
    'Where every symbol stands: newest close, change, returns, 52-week range. Prices are raw.',
    'Market data',
    'v1/market-data/snapshots',
    {
      symbol: ['Symbol', 'text'],
      day: ['Day', 'date'],
      close: ['Close', 'number'],
      change_percent: ['Change %', 'number'],
      return_21: ['21 sessions', 'number'],
      return_252: ['252 sessions', 'number'],
      high_52_week: ['52-week high', 'number'],
      low_52_week: ['52-week low', 'number'],
      is_stale: ['Stale', 'text'],
    },
  ),
  tetra_movers: table(
    'Movers',
    'What moved most in the newest session.',
    'Market data',
    'v1/market-data/movers',
    {
      symbol: ['Symbol', 'text'],
      close: ['Close', 'number'],
      change_percent: ['Change %', 'number'],
      volume: ['Volume', 'number'],
      relative_volume: ['Relative volume', 'number'],
    },
    [
      choice('by', 'By', 'What they move by', ['change_percent', 'volume', 'relative_volume', 'gap']),
      choice('direction', 'Direction', 'Up or down', ['up', 'down']),
    ],
  ),
  tetra_daily: table(
    'Daily bars',
    'Daily bars of some symbols. Prices are raw: not adjusted for splits or dividends.',
    'Market data',
    'v1/market-data/daily',
    {
      symbol: ['Symbol', 'text'],
      day: ['Day', 'date'],
      open: ['Open', 'number'],
      high: ['High', 'number'],
      low: ['Low', 'number'],
      close: ['Close', 'number'],
      volume: ['Volume', 'number'],
    },
    [SYMBOLS, START, END],
  ),
  tetra_coverage: table(
    'Coverage',
    'How complete the days of each symbol are.',
    'Data quality',
    'v1/market-data/gaps',
    {
      symbol: ['Symbol', 'text'],
      expected_days: ['Expected days', 'number'],
      present_days: ['Present days', 'number'],
      coverage: ['Coverage', 'number'],
    },
    [
      START,
      END,
      choice('calendar', 'Calendar', 'Which days ought to have a bar', ['weekdays', 'xnys', 'observed', 'all']),
    ],
  ),
  tetra_series: table(
    'Economic series',
    'Observations of an economic series.',
    'Economy',
    'v1/economic-data/observations',
    { series_id: ['Series', 'text'], date: ['Date', 'date'], value: ['Value', 'number'] },
    [
      { paramName: 'series', label: 'Series', description: 'Ids, separated by commas', type: 'text', value: 'PAYEMS' },
      choice('units', 'Units', "Levels or changes, by FRED's names", ['lin', 'chg', 'pch', 'pc1']),
    ],
  ),
  tetra_events: table(
    'Events',
    'Economic releases, decisions, earnings and holidays, 90 days either side of today.',
    'Economy',
    'v1/events',
    {
      event_datetime: ['When', 'text'],
      event_name: ['Event', 'text'],
      country: ['Country', 'text'],
      impact_level: ['Impact', 'number'],
      actual: ['Actual', 'number'],
      forecast: ['Forecast', 'number'],
      previous: ['Previous', 'number'],
    },
    [choice('min_impact', 'Impact', 'At least this impact, 1 to 4', ['3', '1', '2', '4'])],
  ),
  tetra_news: table('News', 'The newest articles.', 'News', 'v1/news', {
    published_at: ['Published', 'text'],
    source: ['Source', 'text'],
    title: ['Title', 'text'],
    url: ['Address', 'text'],
  }),
};

const place = (i: keyof typeof WIDGETS, x: number, y: number): object => ({ i, x, y, w: 20, h: 12 });

/** The app that puts them in place. Source: OpenBB's reference of `apps.json`. */
export const APPS = [
  {
    name: 'Tetra',
    description: 'Prices, their quality, economic series, news and events of the Tetra market database.',
    img: '',
    img_dark: '',
    img_light: '',
    allowCustomization: true,
    tabs: {
      market: {
        id: 'market',
        name: 'Market',
        layout: [
          place('tetra_chart', 0, 0),
          place('tetra_board', 20, 0),
          place('tetra_movers', 0, 12),
          place('tetra_daily', 20, 12),
        ],
      },
      economy: {
        id: 'economy',
        name: 'Economy and news',
        layout: [
          place('tetra_series', 0, 0),
          place('tetra_events', 20, 0),
          place('tetra_news', 0, 12),
          place('tetra_coverage', 20, 12),
        ],
      },
    },
    groups: [
      {
        name: 'Group 1',
        type: 'param',
        paramName: 'start',
        defaultValue: START.value,
        widgetIds: ['tetra_daily', 'tetra_coverage'],
      },
    ],
    prompts: [
      'Which symbols moved most, and is their data complete?',
      'What is scheduled this week, and what was expected?',
    ],
  },
];
