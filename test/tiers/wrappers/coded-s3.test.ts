/** A coded tier over a bucket: what is not the same as over other stores, which `coded.test.ts` covers. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { s3Options } from '../../../src/tiers/s3/s3-options.ts';
import { S3Tier } from '../../../src/tiers/s3/s3-tier.ts';
import { CodedTier } from '../../../src/tiers/wrappers/coded-tier.ts';
import { expectEntry, extendOf, getOne, put, SIGNAL, scanKeys, write } from '../../contract/tier.steps.ts';
import { type CodecChoice, codecOf, keyOf } from '../../support/codecs.ts';
import { entryOf, tombstoneOf } from '../../support/entries.ts';
import { uniquePrefix } from '../../support/redis.ts';
import { type S3Server, startS3Server } from '../../support/s3-server.ts';

const KEYS = { a: keyOf(1), b: keyOf(2) };
const TEXT = JSON.stringify(Array.from({ length: 100 }, (_, i) => ({ id: i, name: `market ${i % 7}` })));

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server({ compares: true });
});

afterAll(() => server.remove());

function setup() {
  const events = new Events();
  const options = { ...s3Options.parse({}), ...server.options, prefix: `${uniquePrefix()}/` };
  const store = new S3Tier({ ...options, clock: systemClock, events, maxBodyBytes: 2e6 });
  onTestFinished(() => store.close());
  const coded = (choice: CodecChoice) => new CodedTier({ tier: store, codec: codecOf(choice), events });
  return { store, coded };
}

describe('a coded tier over s3', () => {
  it('stores objects smaller and unreadable, and gives entries back as they were', async () => {
    const { store, coded } = setup();
    const tier = coded({ keys: KEYS });
    const entries = [entryOf('k', TEXT), entryOf('absent', '', { kind: 'absent' }), tombstoneOf('t', 5)];
    await put(tier, ...entries);
    for (const entry of entries) await expectEntry(tier, entry);
    const stored = await getOne(store, 'k');
    expect(stored?.body.byteLength).toBeLessThan(TEXT.length / 2);
    expect(Buffer.from(stored?.body ?? []).includes('market')).toBe(false);
    const [head] = await tier.getMany(['k'], 'head', SIGNAL);
    expect(head?.head).toEqual(entries[0]?.head);
    expect(await scanKeys(tier, '')).toEqual(['absent', 'k', 't']);
  });

  it('extends what is stored under an old key, and keeps what is newer', async () => {
    const { coded } = setup();
    const entry = entryOf('k', TEXT, { stamp: 5 });
    await put(coded({ keys: { b: KEYS.b } }), entry);
    const tier = coded({ keys: KEYS });
    const extend = extendOf(entry, 6, 1_000);
    expect(await write(tier, extend)).toBe('written');
    await expectEntry(tier, { head: { ...entry.head, ...extend.times, stamp: 6 }, body: entry.body });
    expect(await write(tier, extendOf(entry, 5, 1_000))).toBe('superseded');
    expect(await write(tier, extendOf(entryOf('k', 'another'), 7, 1))).toBe('missing');
  });

  it('rewrites what is under an old key', async () => {
    const { store, coded } = setup();
    const entry = entryOf('k', TEXT);
    await put(coded({ keys: { b: KEYS.b } }), entry);
    const tier = coded({ keys: KEYS });
    expect([await tier.reencrypt(10, SIGNAL), await tier.reencrypt(10, SIGNAL)]).toEqual([1, 0]);
    expect((await getOne(store, 'k'))?.head.encoding?.key).toBe('a');
    await expectEntry(coded({ keys: { a: KEYS.a } }), entry);
  });
});
