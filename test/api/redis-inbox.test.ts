import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisInbox, requestOf } from '../../src/api/redis-inbox.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import type { InvalidateReport } from '../../src/verbs/invalidation-shapes.ts';
import { EventLog } from '../support/event-log.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

const REPORT: InvalidateReport = {
  ...{
    selector: '',
    mode: 'stale',
    dryRun: false,
    keys: 0,
    bySource: {},
    byTier: {},
    samples: [],
    unknownTags: [],
    stamp: 1,
    run: null,
  },
};

/** An inbox that notes what it was asked for. */
function setup(prefix = uniquePrefix(), fail?: (selector: string) => void) {
  const redis = connectRedis();
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const done: string[] = [];
  const note = (what: string, { mode, rewarm }: { readonly mode: string; readonly rewarm: boolean }) => {
    fail?.(what);
    done.push([what, mode, ...(rewarm ? ['rewarm'] : [])].join(' '));
    return Promise.resolve(REPORT);
  };
  const inbox = new RedisInbox({
    connect: () => redis.duplicate(),
    ...{ prefix, events, clock: systemClock },
    verbs: {
      invalidate: async (request) => note(request.selector, request),
      clear: async (request) => note('everything', request),
    },
  });
  onTestFinished(() => inbox.stop(Date.now() + 1_000));
  return {
    ...{ inbox, redis, log, done, prefix },
    /** As any program in any language does it. */
    tell: (...fields: string[]) => redis.call('XADD', `${prefix}:invalidate`, '*', ...fields),
    emptied: () =>
      until(
        'the end',
        () => redis.xlen(`${prefix}:invalidate`),
        (left) => left === 0,
      ),
  };
}

describe('the inbox', () => {
  it('does what a message of another program asks for, and removes it', async () => {
    const { inbox, tell, emptied, done } = setup();
    await inbox.start();
    await tell('tag', 'market:1');
    await tell('tag', 'a', 'tag', 'b', 'mode', 'drop');
    await tell('source', 'quote', 'rewarm', 'yes');
    await tell('all', 'yes', 'mode', 'drop');
    await emptied();
    expect(done).toEqual([
      'tag=market:1 stale',
      'tag=a,b drop',
      'source=quote stale rewarm',
      'everything drop',
    ]);
  });

  it('has done what was left before it started, once it has started', async () => {
    const { inbox, tell, done } = setup();
    for (let n = 0; n < 25; n += 1) await tell('tag', `market:${n}`);
    await inbox.start();
    expect(done).toHaveLength(25);
  });

  it('lets one process do each message', async () => {
    const one = setup();
    const two = setup(one.prefix);
    await one.inbox.start();
    await two.inbox.start();
    for (let n = 0; n < 50; n += 1) await one.tell('tag', `market:${n}`);
    await one.emptied();
    expect(new Set([...one.done, ...two.done]).size).toBe(50);
    expect(one.done.length + two.done.length).toBe(50);
  });

  it('reports what it cannot understand, removes it, and goes on', async () => {
    const { inbox, tell, emptied, done, log } = setup();
    await inbox.start();
    await tell('tags', 'a');
    await tell('tag', 'a');
    await emptied();
    expect(done).toEqual(['tag=a stale']);
    expect(log.seen).toHaveLength(1);
  });

  it('keeps a message that it cannot do now, and takes it again', async () => {
    let broken = true;
    const { inbox, tell, emptied, done, redis, prefix, log } = setup(uniquePrefix(), () => {
      if (broken) throw new ForewarmError('E_REDIS_UNAVAILABLE', 'not now');
    });
    await tell('tag', 'a');
    await inbox.start();
    expect({ done, told: log.seen.length }).toEqual({ done: [], told: 1 });
    broken = false;
    // As if it had been taken a while ago.
    const [id = ''] = (await redis.xrange(`${prefix}:invalidate`, '-', '+'))[0] ?? [];
    await redis.call('XCLAIM', `${prefix}:invalidate`, 'forewarm', 'forewarm', '0', id, 'IDLE', '60000');
    await inbox.stop(Date.now() + 1_000);
    await inbox.start();
    await emptied();
    expect(done).toEqual(['tag=a stale']);
  });
});

describe('what a message asks for', () => {
  it.each([
    [['tag', 'a', 'source', 'quote'], 'source=quote tag=a'],
    [['key', 'k 1', 'key', 'k,2'], 'key="k 1","k,2"'],
    [['selector', 'age>1h  prefix=a'], 'prefix=a age>1h'],
    [['all', 'yes'], undefined],
    [['all', 'no', 'prefix', 'a'], 'prefix=a'],
  ])('%j is %j', (fields, selector) => {
    expect(requestOf(fields)).toEqual({ selector, mode: 'stale', rewarm: false });
  });

  it.each([
    [[], 'must name what is outdated'],
    [['all', 'no'], 'must name what is outdated'],
    [['all', 'yes', 'tag', 'a'], 'in one way'],
    [['selector', 'tag=a', 'tag', 'a'], 'in one way'],
    [['tag', 'a', 'mode', 'gone'], 'mode "gone" is neither stale nor drop'],
    [['tag', 'a', 'rewarm', '1'], 'rewarm "1" is neither yes nor no'],
    [['tagg', 'a'], 'field "tagg" is unknown'],
    [['tag', ''], 'a value is empty'],
    [['selector', 'tagg=a'], 'did you mean "tag"'],
  ])('%j is refused', (fields, message) => {
    expect(() => requestOf(fields)).toThrow(message);
  });
});
