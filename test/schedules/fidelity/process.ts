/** One scheduler as a process, whose clock is moved now and then: by up to five minutes, forward or back. */
import { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { eachSecondOf } from '../../../src/schedules/each-second.ts';
import { RedisTickStore } from '../../../src/schedules/redis-tick-store.ts';
import { Scheduler } from '../../../src/schedules/scheduler.ts';
import { tickId } from '../../../src/schedules/tick.ts';
import { schedulesOf } from './schedules.ts';

const [url = '', holder = '', deploys = '0'] = process.argv.slice(2);
const MOVED_MS = 300_000;

let off = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + off };
setInterval(() => {
  off = Math.round((Math.random() * 2 - 1) * MOVED_MS);
}, 500);

const redis = new Redis(url, { maxRetriesPerRequest: null });
const events = new Events();
events.on('problem', ({ where, error }) =>
  process.stderr.write(`${holder}: ${where}: ${messageOf(error)}\n`),
);
const scheduler = new Scheduler({
  schedules: schedulesOf(Number(deploys)),
  store: new RedisTickStore({ redis, prefix: 'f', holder, leaseMs: 2_000, kept: 100_000 }),
  ...{ clock, events, eachSecond: eachSecondOf(clock), busy: async () => undefined, windows: async () => [] },
  async onTick(tick) {
    // As the queue does: what has an id that is there is not there twice.
    await redis.sadd(`fired:${tick.schedule}`, tickId(tick));
    await redis.hincrby('attempts', tickId(tick), 1);
    return undefined;
  },
});
await scheduler.start();
process.stdout.write('started\n');
process.on('SIGTERM', async () => {
  // By the clock that the scheduler goes by.
  await scheduler.stop(clock.now() + 10_000);
  process.exit(0);
});
