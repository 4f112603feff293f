/** PostGraphile 5 over the same database, as its documentation sets it up for production: no watching, no GraphiQL. */
import { createServer } from 'node:http';
import { grafserv } from 'postgraphile/grafserv/node';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { postgraphile } from 'postgraphile';
import { peerSettings } from './settings.ts';

const { url, port, poolSize } = peerSettings();

const service = makePgService({
  schemas: ['market_data'],
  connectionString: url,
  poolConfig: { max: poolSize, statement_timeout: 60_000, application_name: 'bench-postgraphile' },
});
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [service],
  grafserv: { port, graphiql: false, watch: false, maxRequestLength: 1_000_000 },
  grafast: { explain: false },
});
const server = createServer();
server.on('error', (error) => {
  throw error;
});
await instance.createServ(grafserv).addTo(server);
server.listen(port, '127.0.0.1');
