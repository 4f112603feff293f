// Starts one PostgreSQL for the whole run (or takes the one of TEST_DATABASE_URL) and fills the shared database.
import { registerHooks } from 'node:module';

// Node strips types itself; it only has to be told that ./x.js may be ./x.ts.
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (/^\.{1,2}\/.*\.js$/.test(specifier)) return next(`${specifier.slice(0, -2)}ts`, context);
      throw error;
    }
  },
});

export default async function setup() {
  // A hostile zone for the process: days must be UTC days all the same.
  process.env.TZ = 'America/Los_Angeles';
  const { startTestServer } = await import('./server.ts');
  globalThis.__testServer = await startTestServer();
}
