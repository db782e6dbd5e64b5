/** What an application calls ends within its bound while the jobs Redis fails. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/app/connect.ts';
import { configOf, install } from '../support/build-installation.ts';
import { lateness } from '../support/lateness.ts';
import { OUTAGES } from './outages.ts';

/** Five seconds, and what three calls take by themselves. */
const BOUND_MS = 5_500;

describe.each(OUTAGES)('while the jobs Redis is $name', (outage) => {
  test('calls of the library that change something are refused in time, and reads go on', async () => {
    const installation = await install({ aof: true });
    const { server } = installation;
    const cache = await connect({ config: configOf(installation), env: {} });
    onTestFinished(() => cache.close());
    await outage.begin(server);
    const [began, late] = [performance.now(), lateness()];
    const calls = {
      invalidate: cache.invalidate('profile:1'),
      warm: cache.verbs.warm({ selector: '', force: false, missing: false }, 'api'),
      drop: cache.verbs.clear({ mode: 'drop', rewarm: false }, 'api'),
    };
    // All at once: one that rejects before its turn would be a rejection that nobody handles.
    const ended = await Promise.allSettled(Object.values(calls));
    const refused = { status: 'rejected', reason: { code: 'E_REDIS_UNAVAILABLE' } };
    expect(ended).toMatchObject(Object.keys(calls).map(() => refused));
    expect(performance.now() - began - late()).toBeLessThan(BOUND_MS);
    expect(await cache.get('profile:1')).toBeUndefined();
    await outage.end(server);
  });
});
