import { type Examples, instant, most, october, page, uuid, whole } from '../../contract/examples.js';
import { orderOf } from '../../sql/table-columns.js';
import { FinancialEvent } from '../events/events.model.js';
import * as tables from './table.sql.js';

/** The statements of tables, for their snapshots. */
export const EXAMPLES: Examples<typeof tables> = {
  tableRows: {
    filtered: page(
      tables.tableRows(
        'events.event_data',
        FinancialEvent,
        { window: october, sort: 'desc', after: [instant, uuid], limit: most },
        { symbol: 'AAPL', country: ['US', 'DE'] },
      ),
      FinancialEvent,
      orderOf('events.event_data'),
    ),
  },
  tableRowsOf: { ids: whole(tables.tableRowsOf('events.event_data', FinancialEvent, { id: [uuid] }), FinancialEvent) },
};
