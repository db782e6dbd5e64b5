/** For each clause of the tier contract, a broken tier that it must reject. A clause without a liar fails. */
import { describe, expect, it } from 'vitest';
import type { Entry, Head } from '../../src/core/entry.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import type { PutWrite, Tier, Write, Written } from '../../src/tiers/tier.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SWEEPS, SWEEPS_IN_PARTS } from './tier.life.ts';
import { SIGNAL } from './tier.steps.ts';
import { CLAUSES, MANY } from './tier.ts';

type Lie = (honest: Tier) => Partial<Tier>;

/** Every method of a tier, bound, with some replaced. */
function lying(lie: Lie): Tier {
  const honest = new MemoryTier({ maxSize: 16e6, clock: new FakeClock() });
  return {
    name: 'liar',
    traits: honest.traits,
    getMany: honest.getMany.bind(honest),
    putMany: honest.putMany.bind(honest),
    scan: honest.scan.bind(honest),
    sweep: honest.sweep.bind(honest),
    usage: honest.usage.bind(honest),
    close: honest.close.bind(honest),
    ...lie(honest),
  };
}

/** Entries come back changed. */
const reads =
  (change: (entry: Entry) => Entry | undefined): Lie =>
  (honest) => ({
    getMany: async (keys, want, signal) =>
      (await honest.getMany(keys, want, signal)).map((entry) => entry && change(entry)),
  });

const headsWith = (change: (head: Head) => Partial<Head>): Lie =>
  reads(({ head, body }) => ({ head: { ...head, ...change(head) }, body }));

/** Some writes are changed before they are stored, or never stored and said to be `answer`. */
const writes =
  (fits: (write: Write) => boolean, change: (write: Write) => Write | Written): Lie =>
  (honest) => ({
    putMany: async (batch, signal) => {
      const verdicts: Written[] = [];
      for (const write of batch) {
        const changed = fits(write) ? change(write) : write;
        if (typeof changed === 'string') verdicts.push(changed);
        else verdicts.push(...(await honest.putMany([changed], signal)));
      }
      return verdicts;
    },
  });

const isPut = (write: Write): write is PutWrite => write.kind === 'put';

/** Puts get this stamp. */
const stamped = (stampOf: (head: Head) => number, fits: (head: Head) => boolean = () => true): Lie =>
  writes(
    (write) => isPut(write) && fits(write.entry.head),
    (write) =>
      isPut(write)
        ? {
            kind: 'put',
            entry: { ...write.entry, head: { ...write.entry.head, stamp: stampOf(write.entry.head) } },
          }
        : write,
  );

/** Heads of a scan come back changed. */
const scans =
  (change: (heads: Head[], prefix: string) => Head[], asked: (prefix: string) => string = (p) => p): Lie =>
  (honest) => ({
    async *scan(prefix, signal) {
      for await (const page of honest.scan(asked(prefix), signal)) yield change(page, prefix);
    },
  });

const extendsAnswer = (answer: Written): Lie =>
  writes(
    (write) => !isPut(write),
    () => answer,
  );

/** An extend that takes any body for the confirmed one. */
const extendsAnything: Lie = (honest) => ({
  putMany: async (batch, signal) => {
    const held = await honest.getMany(
      batch.map((write) => (isPut(write) ? write.entry.head.key : write.key)),
      'entry',
      signal,
    );
    const loose = batch.map((write, i) => {
      const entry = held[i];
      if (isPut(write) || entry === undefined) return write;
      const head: Head = { ...entry.head, ...write.times, stamp: write.stamp };
      return { kind: 'put', entry: { head, body: entry.body } } as const;
    });
    return honest.putMany(loose, signal);
  },
});

const LIARS: Readonly<Record<string, Lie>> = {
  'answers a miss for a key it never saw': (honest) => ({
    getMany: async (_, want, signal) => honest.getMany(['known'], want, signal),
  }),
  'answers an empty batch with nothing': () => ({ putMany: async () => ['written'] }),
  'gives the bytes and the whole head back': reads(({ head, body }) => ({
    head,
    body: Buffer.from(Buffer.from(body).toString('utf8')),
  })),
  'gives times back to the millisecond': headsWith((head) => ({
    goneAt: Math.ceil(head.goneAt / 1_000) * 1_000,
  })),
  'answers in the order of the keys, misses included, a key asked twice twice': (honest) => ({
    getMany: async (keys, want, signal) => honest.getMany([...new Set(keys)].sort(), want, signal),
  }),
  'takes an empty body for a hit': reads((entry) => (entry.body.byteLength === 0 ? undefined : entry)),
  'gives a tombstone back as an entry': reads((entry) => (entry.head.kind === 'dropped' ? undefined : entry)),
  'gives the whole head and no body where heads are asked for': headsWith(() => ({ bodyBytes: 0 })),
  'takes keys of any characters and 500 of them': (honest) => ({
    getMany: (keys, want, signal) =>
      honest.getMany(
        keys.map((key) => key.toLowerCase()),
        want,
        signal,
      ),
  }),
  'takes a batch that is larger than a page': (honest) => ({
    putMany: async (batch, signal) => {
      await honest.putMany(batch.slice(0, 1_000), signal);
      return batch.map(() => 'written');
    },
  }),
  'replaces an older entry, head and body': (honest) => ({
    putMany: async (batch, signal) => {
      const keys = batch.map((write) => (isPut(write) ? write.entry.head.key : write.key));
      const held = await honest.getMany(keys, 'head', signal);
      await honest.putMany(
        batch.filter((_, i) => held[i] === undefined),
        signal,
      );
      return batch.map(() => 'written');
    },
  }),
  'replaces an entry of an equal stamp': (honest) => ({
    putMany: async (batch, signal) => {
      const first = batch[0];
      const key = first !== undefined && isPut(first) ? first.entry.head.key : '';
      const [held] = await honest.getMany([key], 'head', signal);
      const equal = first !== undefined && isPut(first) && held?.head.stamp === first.entry.head.stamp;
      return equal ? ['superseded'] : honest.putMany(batch, signal);
    },
  }),
  'keeps a newer entry from an older write': stamped((head) => Math.round(head.stamp / 1e6) * 1e6),
  'compares stamps as numbers, not as text': stamped((head) => Number(String(head.stamp).padEnd(15, '0'))),
  'keeps a tombstone from an older write, and from an older tombstone': stamped(
    () => 0,
    (head) => head.kind === 'dropped',
  ),
  'lets a newer value replace a tombstone': stamped(
    () => Number.MAX_SAFE_INTEGER,
    (head) => head.kind === 'dropped',
  ),
  'keeps a newer value from an older tombstone': stamped(
    () => Number.MAX_SAFE_INTEGER,
    (head) => head.kind === 'dropped',
  ),
  'extends the times and the stamp of a confirmed body, and keeps all the rest': extendsAnswer('written'),
  'extends under an equal stamp': writes(
    (write) => !isPut(write),
    (write) => (isPut(write) ? write : { ...write, stamp: write.stamp - 1 }),
  ),
  'keeps the later one of two confirmations under an equal stamp': extendsAnything,
  'extends a remembered absence': extendsAnswer('missing'),
  'answers missing to an extend of another body, and changes nothing': extendsAnything,
  'answers missing to an extend of nothing': extendsAnswer('written'),
  'answers missing to an extend of a tombstone, even of an empty body': extendsAnything,
  'answers superseded to an extend that is older': extendsAnswer('missing'),
  'answers each write of a batch in its place': (honest) => ({
    putMany: async (batch, signal) => (await honest.putMany(batch, signal)).sort(),
  }),
  'applies the writes of one batch to one key in their order': (honest) => ({
    putMany: async (batch, signal) => (await honest.putMany([...batch].reverse(), signal)).reverse(),
  }),
  'leaves one whole value, the newest, of concurrent puts': stamped(() => 1),
  'refuses a body over its bound whole, and keeps what it has': (honest) => ({
    putMany: (batch, signal) =>
      honest.putMany(
        batch.map((write) =>
          isPut(write)
            ? { kind: 'put', entry: { ...write.entry, body: write.entry.body.subarray(0, 1_000) } }
            : write,
        ),
        signal,
      ),
  }),
  'scans the heads of one prefix and no other, tombstones included': scans(
    (heads) => heads,
    (prefix) => prefix.slice(0, 1),
  ),
  'scans everything under the empty prefix': scans((heads) => heads.filter((head) => head.key < '\u{80}')),
  'takes wildcards in a prefix literally': scans(
    (heads, prefix) => heads.filter((head) => prefix === '_' || head.key.startsWith(prefix)),
    (prefix) => (prefix === '_' ? '' : prefix),
  ),
  'scans each key once, over many pages': (honest) => ({
    async *scan(prefix, signal) {
      for await (const page of honest.scan(prefix, signal)) {
        yield page;
        return;
      }
    },
  }),
  'scans what stays put once while writes go on': (honest) => ({
    async *scan(prefix, signal) {
      let stamp = 1;
      for await (const page of honest.scan(prefix, signal)) {
        yield page.filter((head) => head.stamp === stamp);
        stamp = 2;
      }
    },
  }),
  [SWEEPS]: (honest) => ({
    sweep: (now, limit, signal) => honest.sweep(now + 1, limit, signal),
  }),
  [SWEEPS_IN_PARTS]: (honest) => ({
    sweep: (now, _, signal) => honest.sweep(now, Number.POSITIVE_INFINITY, signal),
  }),
  'counts what it holds': () => ({ usage: async () => ({ entries: 0, bytes: 0 }) }),
  'rejects with the reason of a signal that has aborted, and stores nothing': (honest) => ({
    putMany: async (batch, signal) => {
      const verdicts = await honest.putMany(batch, SIGNAL);
      signal.throwIfAborted();
      return verdicts;
    },
  }),
  'rejects every call after it was closed': () => ({ close: async () => undefined }),
  'closes twice without complaint': (honest) => {
    let closed = false;
    return {
      close: async () => {
        if (closed) throw new Error('closed already');
        closed = true;
        await honest.close();
      },
    };
  },
};

describe('the tier contract', () => {
  for (const [sentence, clause] of Object.entries(CLAUSES)) {
    it(`catches a tier that breaks: ${sentence}`, async () => {
      const lie = LIARS[sentence];
      if (lie === undefined) throw new Error('this clause has no liar: who shows that it can fail?');
      await expect(clause(lying(lie), MANY)).rejects.toThrow();
    });
  }

  it('has no liar without a clause', () => {
    expect(Object.keys(LIARS).sort()).toEqual(Object.keys(CLAUSES).sort());
  });

  it('holds of the tier that the liars are made of', async () => {
    for (const clause of Object.values(CLAUSES))
      await clause(
        lying(() => ({})),
        MANY,
      );
  });
});
