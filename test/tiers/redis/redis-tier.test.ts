import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { HEAD_BYTES } from '../../../src/tiers/format/envelope.ts';
import { RedisTier, redisTierOptions } from '../../../src/tiers/redis/redis-tier.ts';
import { SWEEPS, SWEEPS_IN_PARTS } from '../../contract/tier.life.ts';
import {
  expectEntry,
  extendOf,
  getOne,
  put,
  putOf,
  SIGNAL,
  scanKeys,
  write,
} from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { connectQuietRedis, uniquePrefix } from '../../support/redis.ts';
import { startRedisServer } from '../../support/redis-server.ts';

function setup() {
  const redis = connectQuietRedis();
  const prefix = `${uniquePrefix()}:`;
  const events = new Events();
  const log = new EventLog(events, ['tier:corrupt', 'problem']);
  const tier = new RedisTier({ redis, prefix, events, maxBodyBytes: 2e6 });
  return { redis, prefix, log, tier };
}

describe('the redis tier', () => {
  it('is on, under "fw:", with a second of patience, by default', () => {
    expect(redisTierOptions.parse({})).toEqual({
      enabled: true,
      prefix: 'fw:',
      timeout: 1_000,
      codec: { compress: {} },
    });
  });

  it('lets Redis expire values and tombstones when they are gone, also after an extend', async () => {
    const { redis, prefix, tier } = setup();
    const entry = entryOf('k', 'x', { goneAt: FETCHED_AT + 0.5 });
    await put(tier, entry, tombstoneOf('t', 5));
    expect(await redis.pexpiretime(`${prefix}k`)).toBe(FETCHED_AT + 1);
    expect(await redis.pexpiretime(`${prefix}t`)).toBe(FETCHED_AT + 600_000);
    await write(tier, extendOf(entry, entry.head.stamp, 5_000));
    expect(await redis.pexpiretime(`${prefix}k`)).toBe(FETCHED_AT + 5_001);
  });

  it('does not keep what is gone already, nor fail over it', async () => {
    const { tier } = setup();
    await put(tier, entryOf('past', 'x', { goneAt: 1 }), entryOf('before time', 'x', { goneAt: -5 }));
    expect(await getOne(tier, 'past')).toBeUndefined();
  });

  it('rewrites no body to extend it', async () => {
    const { redis, prefix, tier } = setup();
    const entry = entryOf('k', 'x'.repeat(1_000), { etag: '"1"' });
    await put(tier, entry);
    const before = await redis.getBuffer(`${prefix}k`);
    const sent: number[] = [];
    const counting = new Proxy(redis, {
      get(target, name) {
        if (name !== 'call') return Reflect.get(target, name);
        return (...args: Parameters<Redis['call']>) => {
          sent.push(...args.map((arg) => (Buffer.isBuffer(arg) ? arg.length : 0)));
          return target.call(...args);
        };
      },
    });
    const extending = new RedisTier({ redis: counting, prefix, events: new Events() });
    await write(extending, extendOf(entry, entry.head.stamp + 1, 1_000));
    expect(Math.max(...sent)).toBeLessThan(100);
    const after = await redis.getBuffer(`${prefix}k`);
    expect(after?.subarray(64).equals(before?.subarray(64) ?? Buffer.of())).toBe(true);
  });

  it('takes a damaged entry for a miss, says so, and removes it so that it keeps no later write out', async () => {
    const { redis, prefix, tier, log } = setup();
    for (const want of ['entry', 'head'] as const) {
      await put(tier, entryOf(want, 'x', { stamp: 5 }));
      await redis.setrange(`${prefix}${want}`, 4, '9'.repeat(16));
      const corrupt = log.next('tier:corrupt');
      expect(await tier.getMany([want], want, SIGNAL)).toEqual([undefined]);
      expect(await corrupt).toMatchObject({ tier: 'redis', key: want });
      expect(await write(tier, putOf(entryOf(want, 'y', { stamp: 6 })))).toBe('written');
    }
  });

  it('leaves entries of a later format where they are, and compares stamps with them', async () => {
    const { redis, prefix, tier } = setup();
    await put(tier, entryOf('k', 'x', { stamp: 5 }));
    await redis.setrange(`${prefix}k`, 3, '\u0003');
    expect(await getOne(tier, 'k')).toBeUndefined();
    expect(await redis.strlen(`${prefix}k`)).toBeGreaterThan(HEAD_BYTES);
    expect(await write(tier, putOf(entryOf('k', 'older', { stamp: 4 })))).toBe('superseded');
    expect(await write(tier, putOf(entryOf('k', 'newer', { stamp: 6 })))).toBe('written');
  });

  it('takes an entry under the wrong key for corrupt', async () => {
    const { redis, prefix, tier } = setup();
    await put(tier, entryOf('one', 'x'));
    await redis.copy(`${prefix}one`, `${prefix}two`);
    expect(await getOne(tier, 'two')).toBeUndefined();
    expect(await getOne(tier, 'one')).toBeDefined();
  });

  it('takes a foreign value for a miss and writes over it', async () => {
    const { redis, prefix, tier } = setup();
    await redis.lpush(`${prefix}list`, 'a');
    await redis.set(`${prefix}text`, 'hello');
    expect(await tier.getMany(['list', 'text'], 'entry', SIGNAL)).toEqual([undefined, undefined]);
    expect(await tier.getMany(['list', 'text'], 'head', SIGNAL)).toEqual([undefined, undefined]);
    expect(await write(tier, extendOf(entryOf('list', 'x'), 9, 1))).toBe('missing');
    const entry = entryOf('list', 'x');
    await put(tier, entry);
    await expectEntry(tier, entry);
  });

  it('takes bodies of over a megabyte, and heads of many kilobytes', async () => {
    const { tier } = setup();
    const tags = Array.from({ length: 5_000 }, (_, i) => `tag:${i}`);
    const entries = [1, 2, 3].map((i) => entryOf(`k:${i}`, Buffer.alloc(1_500_000, i), { tags }));
    await put(tier, ...entries);
    for (const entry of entries) await expectEntry(tier, entry);
    const [head] = await tier.getMany(['k:2'], 'head', SIGNAL);
    expect(head?.head).toEqual(entries[1]?.head);
  });

  it('goes on when the server has forgotten the scripts', async () => {
    const { redis, tier } = setup();
    await put(tier, entryOf('a', '1'));
    await redis.script('FLUSH');
    await put(tier, entryOf('b', '2'));
    await redis.script('FLUSH');
    expect((await tier.getMany(['a', 'b'], 'head', SIGNAL)).map((entry) => entry?.head.key)).toEqual([
      'a',
      'b',
    ]);
  });

  it('sees nothing outside its prefix', async () => {
    const { redis, prefix, tier } = setup();
    const other = new RedisTier({ redis, prefix: `${prefix}*`, events: new Events() });
    await put(tier, entryOf('k', '1'));
    await put(other, entryOf('k', '2'));
    expect(await scanKeys(other, '')).toEqual(['k']);
  });

  it('estimates its usage on a server with far more keys than it looks at', async () => {
    const server = await startRedisServer();
    const redis = new Redis(server.url);
    onTestFinished(async () => {
      redis.disconnect();
      await server.remove();
    });
    const fill = (prefix: string) =>
      `for i = 1, 40000 do redis.call('SET', '${prefix}' .. i, string.rep('x', 100)) end`;
    await redis.eval(fill('fw:'), 0);
    await redis.eval(fill('other:'), 0);
    const usage = await new RedisTier({ redis, prefix: 'fw:', events: new Events() }).usage(SIGNAL);
    expect(usage.entries / 40_000).toBeCloseTo(1, 1);
    expect(usage.bytes / usage.entries).toBeGreaterThan(100);
    expect(usage.bytes / usage.entries).toBeLessThan(300);
  });

  it('rejects with E_TIER_UNAVAILABLE when the server is gone, and with the reason when the caller gives up', async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.remove());
    const failing = new Redis(server.url, { maxRetriesPerRequest: 0 });
    const waiting = new Redis(server.url, { maxRetriesPerRequest: null });
    for (const redis of [failing, waiting]) {
      redis.on('error', () => undefined);
      onTestFinished(() => redis.disconnect());
      await redis.ping();
    }
    await server.stop();
    const tier = (redis: Redis) => new RedisTier({ redis, prefix: 'fw:', events: new Events() });
    await expect(tier(failing).getMany(['k'], 'entry', SIGNAL)).rejects.toMatchObject({
      code: 'E_TIER_UNAVAILABLE',
    });
    const caller = new AbortController();
    const reason = new Error('enough');
    const pending = tier(waiting).putMany([putOf(entryOf('k', 'x'))], caller.signal);
    caller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });
});

describeTier('redis', {
  create: () => ({ tier: setup().tier }),
  except: {
    [SWEEPS]: 'Redis expires entries by its own clock, which no test moves',
    [SWEEPS_IN_PARTS]: 'Redis expires entries by its own clock, which no test moves',
  },
});
