/**
 * Forewarm, worker and control API in one process: values in memory, Redis and SQLite, budget ledger, catalog, run record,
 * log and counters. A run is over when it has been verified: every key has been looked up in every tier.
 */
import { compose } from '../../src/app/compose.ts';
import { startLogging } from '../../src/telemetry/logging.ts';
import { entitiesOf, settingsOf } from '../forewarm.ts';
import { serve } from './child.ts';

/** Memory, Redis, disk. */
const TIERS = 3;

serve(async (task) => {
  const settings = await settingsOf(task, process.env);
  const app = await compose({ settings, roles: ['worker', 'api'], env: process.env });
  const log = {
    options: settings.log,
    to: { write: () => true },
    isTTY: false,
    colour: false,
    about: { version: '0', role: 'bench' },
  };
  startLogging({ events: app.events, ...log });
  await app.start();
  return {
    async warm(file) {
      const ended = Promise.withResolvers<void>();
      const off = app.events.on('run:ended', () => ended.resolve());
      const wish = { force: false, missing: false };
      const { run } = await app.verbs.warm({ selector: `entities=${entitiesOf(file)}`, ...wish }, 'api');
      await ended.promise;
      off();
      const { total, counts, coverage } = await app.verbs.run(run.id);
      const whole = Object.values(coverage).filter(({ warm }) => warm === total);
      if (counts.warmed !== total || whole.length !== TIERS) {
        throw new Error(`not all is warm: ${JSON.stringify({ total, counts, coverage })}`);
      }
      return total;
    },
  };
});
