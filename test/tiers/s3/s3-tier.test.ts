import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { S3Bucket } from '../../../src/tiers/s3/s3-bucket.ts';
import { s3Options } from '../../../src/tiers/s3/s3-options.ts';
import { S3Tier } from '../../../src/tiers/s3/s3-tier.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../../src/tiers/stack/tiered-stack.ts';
import { GuardedTier } from '../../../src/tiers/wrappers/guarded-tier.ts';
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
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { uniquePrefix } from '../../support/redis.ts';
import { type S3Server, startS3Server } from '../../support/s3-server.ts';

let comparing: S3Server;
let plain: S3Server;

beforeAll(async () => {
  comparing = await startS3Server({ compares: true });
  plain = await startS3Server({ compares: false });
});

afterAll(async () => {
  await comparing?.remove();
  await plain?.remove();
});

function tierOn(server: S3Server, more: Partial<ConstructorParameters<typeof S3Tier>[0]> = {}) {
  const events = new Events();
  const log = new EventLog(events, ['tier:corrupt', 'problem']);
  const options = { ...s3Options.parse({}), ...server.options, prefix: `${uniquePrefix()}/` };
  const tier = new S3Tier({ ...options, clock: systemClock, events, maxBodyBytes: 2e6, ...more });
  onTestFinished(() => tier.close());
  return { tier, log, options };
}

/** Two processes' tiers on the same objects. */
function twoTiersOn(server: S3Server) {
  const { tier: one, options } = tierOn(server);
  const { tier: other } = tierOn(server, options);
  return [one, other] as const;
}

/** The bucket as another program sees it. */
function rawBucket(options: ReturnType<typeof tierOn>['options']) {
  const bucket = new S3Bucket({ ...options, clock: systemClock });
  onTestFinished(() => bucket.close());
  const put = async (name: string, bytes: Buffer) => {
    const held = await bucket.get(options.prefix + name, undefined, SIGNAL);
    await bucket.put(options.prefix + name, bytes, held?.etag, SIGNAL);
  };
  return {
    put,
    async change(name: string, act: (bytes: Buffer) => void) {
      const held = await bucket.get(options.prefix + name, undefined, SIGNAL);
      const bytes = Buffer.from(held?.bytes ?? []);
      act(bytes);
      await put(name, bytes);
    },
    async names() {
      const names: string[] = [];
      for await (const page of bucket.list(options.prefix, undefined, SIGNAL)) {
        names.push(...page.map(({ name }) => name.slice(options.prefix.length)));
      }
      return names.sort();
    },
  };
}

describe('the s3 tier', () => {
  it('is off by default, with 16 requests at a time and 5 seconds of patience', () => {
    expect(s3Options.parse({})).toMatchObject({
      ...{ enabled: false, prefix: 'forewarm/', concurrency: 16, timeout: 5_000, region: 'us-east-1' },
    });
  });

  it('finds out once whether the server compares', async () => {
    for (const [server, answer] of [
      [comparing, true],
      [plain, false],
    ] as const) {
      const { tier } = tierOn(server);
      const before = server.asked.length;
      expect(await Promise.all(Array.from({ length: 5 }, () => tier.compares(SIGNAL)))).toEqual(
        Array.from({ length: 5 }, () => answer),
      );
      expect(await tier.compares(SIGNAL)).toBe(answer);
      expect(server.asked.slice(before).filter((line) => line.includes('!conditional'))).toHaveLength(2);
    }
  });

  it('keeps the newest of what two processes write at the same time', async () => {
    const [one, other] = twoTiersOn(comparing);
    for (let round = 0; round < 10; round += 1) {
      const key = `k:${round}`;
      const writes = [3, 8, 1, 10, 7, 2, 9, 4].map((stamp) => putOf(entryOf(key, `${stamp}`, { stamp })));
      await Promise.all(writes.map((each, i) => write(i % 2 === 0 ? one : other, each)));
      expect((await getOne(one, key))?.head.stamp).toBe(10);
    }
  });

  it('refuses a late, older write where the server compares; elsewhere the last one stays', async () => {
    for (const [server, verdict, winner] of [
      [comparing, 'superseded', 2],
      [plain, 'written', 1],
    ] as const) {
      const [one, other] = twoTiersOn(server);
      await Promise.all([one.compares(SIGNAL), other.compares(SIGNAL)]);
      server.before('PUT', () => put(one, entryOf('k', 'newer', { stamp: 2 })));
      expect(await write(other, putOf(entryOf('k', 'older', { stamp: 1 })))).toBe(verdict);
      expect((await getOne(one, 'k'))?.head.stamp).toBe(winner);
    }
  });

  it('overwrites an older value that came just after, where the server does not compare', async () => {
    const [one, other] = twoTiersOn(plain);
    await Promise.all([one.compares(SIGNAL), other.compares(SIGNAL)]);
    const newer = entryOf('k', 'newer', { stamp: 2 });
    plain.before('PUT', async () => {
      // After the newer value was written, and before it is read back.
      plain.before('GET', async () => {
        await other.sweep(FETCHED_AT + 1e9, 1, SIGNAL);
        await put(other, entryOf('k', 'older', { stamp: 1 }));
      });
    });
    await put(one, newer);
    await expectEntry(one, newer);
  });

  it('makes one request of 1 KiB for a head, and two for a long one', async () => {
    const { tier } = tierOn(comparing);
    const small = entryOf('small', 'x'.repeat(100_000));
    const tagged = entryOf('tagged', 'x', { tags: Array.from({ length: 500 }, (_, i) => `tag:${i}`) });
    await put(tier, small, tagged);
    for (const [entry, requests] of [
      [small, 1],
      [tagged, 2],
    ] as const) {
      const before = comparing.asked.length;
      const [found] = await tier.getMany([entry.head.key], 'head', SIGNAL);
      expect(found?.head).toEqual(entry.head);
      expect(comparing.asked.length - before).toBe(requests);
    }
  });

  it('never has more requests under way than it may', async () => {
    const { tier: wide } = tierOn(comparing, { concurrency: 32 });
    comparing.load.most = 0;
    await wide.getMany(
      Array.from({ length: 50 }, (_, i) => `k:${i}`),
      'head',
      SIGNAL,
    );
    expect(comparing.load.most, 'as many as are seen without the bound').toBeGreaterThan(4);
    const { tier } = tierOn(comparing, { concurrency: 4 });
    await tier.compares(SIGNAL);
    comparing.load.most = 0;
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => tier.putMany([putOf(entryOf(`k:${i}`, 'x'))], SIGNAL)),
    );
    expect(comparing.load.most).toBe(4);
    comparing.load.most = 0;
    const keys = Array.from({ length: 50 }, (_, i) => `k:${i}`);
    expect((await tier.getMany(keys, 'head', SIGNAL)).every((entry) => entry !== undefined)).toBe(true);
    expect(comparing.load.most).toBe(4);
  });

  it('asks the server for a class and for encryption, where that is configured', async () => {
    const { tier } = tierOn(comparing);
    await put(tier, entryOf('plain', 'x'));
    const names = ['x-amz-storage-class', 'x-amz-server-side-encryption'];
    const key = 'x-amz-server-side-encryption-aws-kms-key-id';
    expect([...names, key].map((name) => comparing.sent()[name])).toEqual([undefined, undefined, undefined]);
    const encryption = { serverSideEncryption: 'aws:kms', kmsKeyId: 'key-1' } as const;
    const { tier: other } = tierOn(comparing, { storageClass: 'STANDARD_IA', ...encryption });
    await put(other, entryOf('kept', 'x'));
    expect([...names, key].map((name) => comparing.sent()[name])).toEqual([
      'STANDARD_IA',
      'aws:kms',
      'key-1',
    ]);
  });

  it('asks for a key once in a batch', async () => {
    const { tier } = tierOn(comparing);
    const before = comparing.asked.length;
    await tier.getMany(['k', 'k', 'k'], 'entry', SIGNAL);
    expect(comparing.asked.length - before).toBe(1);
  });

  it('takes keys that are longer than the name of an object may be', async () => {
    const { tier } = tierOn(comparing);
    const entries = ['a', 'b'].map((end) => entryOf(`${'€'.repeat(500)}${end}`, end));
    await put(tier, ...entries);
    for (const entry of entries) await expectEntry(tier, entry);
    expect(await scanKeys(tier, '€'.repeat(499))).toEqual(entries.map(({ head }) => head.key));
    expect(await scanKeys(tier, `${'€'.repeat(500)}a`)).toEqual([entries[0]?.head.key]);
  });

  it('takes a damaged entry for a miss, says so, and lets any write replace it', async () => {
    const { tier, options, log } = tierOn(comparing);
    const raw = rawBucket(options);
    for (const want of ['entry', 'head'] as const) {
      await put(tier, entryOf(want, 'x', { stamp: 5 }));
      await raw.change(want, (bytes) => bytes.write('9'.repeat(16), 4, 'latin1'));
      const corrupt = log.next('tier:corrupt');
      expect(await tier.getMany([want], want, SIGNAL)).toEqual([undefined]);
      expect(await corrupt).toMatchObject({ tier: 's3', key: want });
      await put(tier, entryOf(want, 'y', { stamp: 6 }));
    }
    const held = entryOf('body', 'held', { stamp: 5 });
    await put(tier, held);
    await raw.change('body', (bytes) => bytes.write('X', bytes.length - 1, 'latin1'));
    expect(await write(tier, extendOf(held, 6, 1_000))).toBe('missing');
    expect(await getOne(tier, 'body')).toBeUndefined();
  });

  it('leaves entries of a later format where they are, and compares stamps with them', async () => {
    const { tier, options } = tierOn(comparing);
    const raw = rawBucket(options);
    await put(tier, entryOf('k', 'x', { stamp: 5 }));
    await raw.change('k', (bytes) => bytes.writeUInt16BE(999, 2));
    expect(await getOne(tier, 'k')).toBeUndefined();
    expect(await write(tier, putOf(entryOf('k', 'older', { stamp: 4 })))).toBe('superseded');
    expect(await write(tier, putOf(entryOf('k', 'newer', { stamp: 6 })))).toBe('written');
  });

  it('sees nothing outside its prefix, nor what is no entry', async () => {
    const { tier, options } = tierOn(comparing);
    const { tier: other } = tierOn(comparing);
    const raw = rawBucket(options);
    await put(tier, entryOf('k', '1'));
    await put(other, entryOf('k', '2'));
    await raw.put('notes.txt', Buffer.from('hello'));
    await raw.put('a folder/', Buffer.of());
    expect(await scanKeys(tier, '')).toEqual(['k']);
    expect((await tier.sweep(FETCHED_AT + 1e9, 100, SIGNAL)).removed).toBe(1);
    expect(await scanKeys(other, '')).toEqual(['k']);
    expect(await raw.names()).toEqual(['!conditional', 'a folder/', 'notes.txt']);
  });

  it('sweeps on where it stopped, and begins again at the end', async () => {
    const { tier } = tierOn(comparing);
    const gone = Array.from({ length: 30 }, (_, i) => entryOf(`k:${String(i).padStart(2, '0')}`, 'x'));
    await put(tier, ...gone, entryOf('later', 'x', { goneAt: FETCHED_AT + 2e9 }));
    const sweep = async () => (await tier.sweep(FETCHED_AT + 1e9, 20, SIGNAL)).removed;
    expect(await sweep()).toBe(20);
    await put(tier, entryOf('a', 'x'));
    expect(await sweep()).toBe(10);
    expect(await sweep()).toBe(1);
    expect(await scanKeys(tier, '')).toEqual(['later']);
  });

  it('does not sweep what was rewritten meanwhile', async () => {
    const [one, other] = twoTiersOn(comparing);
    await put(one, entryOf('k', 'gone', { stamp: 1 }));
    const fresh = entryOf('k', 'fresh', { stamp: 2, goneAt: FETCHED_AT + 2e9 });
    comparing.before('DELETE', async () => put(other, fresh));
    expect((await one.sweep(FETCHED_AT + 1e9, 10, SIGNAL)).removed).toBe(0);
    await expectEntry(one, fresh);
  });

  it('says of which bucket it cannot be had, and what to do', async () => {
    const unavailable = (message: RegExp) => ({
      ...{ code: 'E_TIER_UNAVAILABLE', message: expect.stringMatching(message) },
    });
    const noBucket = tierOn(comparing, { bucket: 'none' }).tier;
    await expect(noBucket.getMany(['k'], 'entry', SIGNAL)).rejects.toMatchObject(
      unavailable(/bucket "none" at http:.*create the bucket/),
    );
    const stranger = tierOn(comparing, { accessKeyId: 'someone' }).tier;
    await expect(write(stranger, putOf(entryOf('k', 'x')))).rejects.toMatchObject(
      unavailable(/bucket "tests".*check tiers.s3.accessKeyId/),
    );
    const nowhere = tierOn(comparing, { endpoint: 'http://127.0.0.1:1' }).tier;
    await expect(nowhere.usage(SIGNAL)).rejects.toMatchObject(
      unavailable(/bucket "tests" at http:\/\/127.0.0.1:1: .*check tiers.s3.endpoint/),
    );
  });

  it('lets reads go on through the stack while it is down, and takes what it missed when it is back', async () => {
    const server = await startS3Server({ compares: true });
    onTestFinished(() => server.remove());
    const events = new Events();
    const clock = systemClock;
    const memory = new MemoryTier({ maxSize: 1e6, clock });
    const { tier: s3 } = tierOn(server);
    const guarded = new GuardedTier({ tier: s3, clock, events, timeout: 2_000 });
    const repairs = new MemoryRepairs({ bound: 100 });
    const stack = new TieredStack({ tiers: [memory, guarded], clock, events, repairs });
    onTestFinished(() => stack.close());
    const [held, missed] = [entryOf('held', '1'), entryOf('missed', '2')];
    await put(stack, held);
    await server.stop();
    await expectEntry(stack, held);
    expect(await getOne(stack, 'unknown')).toBeUndefined();
    await expect(write(stack, putOf(missed))).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
    await expectEntry(stack, missed);
    await server.start();
    const repaired = async () => {
      await stack.repair(SIGNAL);
      return (await getOne(s3, 'missed'))?.head;
    };
    await expect.poll(repaired).toEqual(missed.head);
    await expectEntry(s3, missed);
  });
});

/** A key costs milliseconds: fewer of them, and still several pages of a listing. */
const pageSize = 40;
const many = 100;

describeTier('s3, on a server that compares', {
  create: () => ({ tier: tierOn(comparing, { pageSize }).tier }),
  many,
});

const MANY = 'needs thousands of requests, and is proved on the server that compares';

describeTier('s3, on a server that does not compare', {
  create: () => ({ tier: tierOn(plain).tier }),
  except: {
    'takes a batch that is larger than a page': MANY,
    'scans each key once, over many pages': MANY,
    'scans what stays put once while writes go on': MANY,
  },
});
