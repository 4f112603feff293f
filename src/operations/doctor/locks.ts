import type { Facts, Finding } from './report.js';

/** So many locks of one role and application deserve a word: statements with bounds of their own take some hundred. */
const MANY_LOCKS = 1_000;
/** Who opens many tables for good reasons: a dump reads them all, and the API bounds its own statements. */
const EXPECTED = /^(pg_dump|tetra-)/;

/** Who holds so many locks that others may run out of shared memory: dashboards, mostly. */
export function locks({ care: { lockHolders, upkeep } }: Facts): Finding[] {
  return lockHolders
    .filter(({ application, locks: held }) => held > MANY_LOCKS && !EXPECTED.test(application))
    .map(({ role, application, sessions, locks: held, statement }) => {
      const share = Math.round((100 * held) / upkeep.lockSlots);
      const who = `role ${role}, application "${application}",`;
      const where = sessions === 1 ? 'one session' : `${sessions} sessions`;
      return {
        level: 'warning',
        code: 'many_locks',
        message:
          `${who} holds ${held} locks in ${where}, ${share} % of the ${upkeep.lockSlots} that all may hold ` +
          '(max_locks_per_transaction × (max_connections + max_prepared_transactions))' +
          (statement === null ? '' : `: ${statement}`),
        fix:
          'bound time by literals in the innermost query, as the datasets in deploy/superset do: ' +
          'a bound that is computed, or outside of a view, opens every chunk',
      };
    });
}
