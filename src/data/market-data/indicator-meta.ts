/** What `meta.indicators` says of each indicator, as OpenAPI has it. */
export const INDICATOR_META = {
  type: 'array',
  description:
    'The indicators that were asked for. Their values are doubles of twelve significant digits, of ten where an average fades; bars stay exact.',
  items: {
    type: 'object',
    required: ['columns', 'formula', 'warm_up'],
    properties: {
      columns: { type: 'array', items: { type: 'string' }, description: 'Its columns, such as sma_20.' },
      formula: { type: 'string', description: 'How a value is computed, over the history from its first day on.' },
      warm_up: { type: 'integer', description: 'Bars before the first one that has a value.' },
    },
  },
};
