// The PostgreSQL with sample data of `npm run dev`, which runs on while servers come and go. Tells what they find in
// their environment: nothing where DATABASE_URL is set. Ends when the process that started it lets go.
import { existsSync } from 'node:fs';
import { Log } from '../dist/base/log.js';
import { readEnvironment } from '../dist/operations/process/environment.js';
import { openEmbeddedTetra } from '../dist/setup/embedded/tetra.js';
import { ENVIRONMENT_FILE } from './dev-bundle.mjs';

/** What is wrong with the configuration is the server's to say. */
function configuration() {
  if (existsSync(ENVIRONMENT_FILE)) process.loadEnvFile(ENVIRONMENT_FILE);
  try {
    return readEnvironment(process.env);
  } catch {
    return null;
  }
}

function end(error) {
  process.stderr.write(`The built-in PostgreSQL does not run: ${error.message}\n`);
  process.exit(1);
}

let embedded;
// Ctrl-C reaches all processes at once, and the server needs its database until it has ended.
process.on('SIGINT', () => undefined);
process.once('disconnect', () => void Promise.resolve(embedded?.stop()).finally(() => process.exit(0)));

const config = configuration();
if (config === null || config.DATABASE_URL) {
  process.send({});
} else {
  const log = new Log(config);
  const say = (line) => log.log(line, 'Start');
  embedded = await openEmbeddedTetra({ dataDir: config.TETRA_DATA_DIR, log: say, onLost: end }).catch(end);
  process.send({ DATABASE_URL: embedded.readerUrl, TETRA_SAMPLE: 'true' });
}
