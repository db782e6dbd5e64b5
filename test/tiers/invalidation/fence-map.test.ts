import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InvalidationMode } from '../../../src/core/invalidation-mode.ts';
import { KeyTemplate } from '../../../src/core/key.ts';
import { FenceMap } from '../../../src/tiers/invalidation/fence-map.ts';
import {
  ALL,
  type Fence,
  type Fenced,
  ofPrefix,
  ofSource,
  ofTag,
} from '../../../src/tiers/invalidation/fences.ts';

const SOURCES = { profile: 'markets', quote: 'markets', embedding: 'models' } as const;
/** Values carry any tags, and would now be tagged by their keys, where those are of the template. */
const TEMPLATE = KeyTemplate.parse('{name}');
const init = {
  sources: Object.entries(SOURCES).map(([name, origin]) => ({
    ...{ name, origin, key: TEMPLATE, tags: [TEMPLATE] },
  })),
  longest: 1_000,
};

const source = fc.constantFrom('profile', 'quote', 'embedding');
const tag = fc.constantFrom('a', 'b', 'c', 'all', 'source:quote', '__proto__');
const key = fc.constantFrom('a', 'a:1', 'a:12', 'b', 'b:\u{1f600}', '__proto__', 'tag:a');
const prefix = fc.constantFrom('', 'a', 'a:', 'a:1', 'a:12', 'a:123', 'b:\u{1f600}', '__proto__', 'tag:a');
const stamp = fc.integer({ min: 1, max: 12 });
const fence: fc.Arbitrary<Fence> = fc.record({
  origin: fc.constantFrom('markets', 'models', 'nowhere'),
  target: fc.oneof(fc.constant(ALL), source.map(ofSource), tag.map(ofTag), prefix.map(ofPrefix)),
  mode: fc.constantFrom<InvalidationMode>('drop', 'stale'),
  stamp,
});
const entry: fc.Arbitrary<Fenced> = fc.record({
  key,
  source,
  stamp,
  tags: fc.uniqueArray(tag, { maxLength: 3 }),
});

/** What the words say: any fence of its origin that is about it and above it. */
function byTheWords(fences: readonly Fence[], one: Fenced): InvalidationMode | undefined {
  const given = TEMPLATE.match(one.key)?.params.name;
  const tags = given === undefined ? one.tags : [...one.tags, given];
  const about = [ALL, ofSource(one.source), ...tags.map(ofTag)];
  const isTold = given !== undefined || one.tags.some((tag) => TEMPLATE.fits(tag));
  const isAbout = (target: string) =>
    about.includes(target) ||
    (!isTold && target.startsWith('tag:') && TEMPLATE.fits(target.slice('tag:'.length))) ||
    (target.startsWith('prefix:') && one.key.startsWith(target.slice('prefix:'.length)));
  const above = fences.filter(
    ({ origin, target, stamp: at }) =>
      origin === Reflect.get(SOURCES, one.source) && isAbout(target) && one.stamp < at,
  );
  if (above.some(({ mode }) => mode === 'drop')) return 'drop';
  return above.length > 0 ? 'stale' : undefined;
}

describe('the fences that a process knows', () => {
  it('make of any entry what all of them together say, in whatever order they came', () => {
    fc.assert(
      fc.property(
        fc.array(fence, { maxLength: 12 }),
        fc.array(entry, { minLength: 1 }),
        (fences, entries) => {
          const map = new FenceMap(init);
          for (const one of fences) map.learn(one);
          for (const one of entries) expect(map.modeOf(one)).toBe(byTheWords(fences, one));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['tags', ofTag, (name: string) => ({ key: 'k', tags: [name] })],
    ['prefixes', ofPrefix, (name: string) => ({ key: `${name}:1`, tags: [] })],
  ] as const)(
    'on %s are let go of when no entry can be below them any more, and no earlier',
    (_, of, under) => {
      const map = new FenceMap(init);
      const us = 1_000;
      const names = Array.from({ length: 30_000 }, (_each, i) => `t${i}`);
      for (const [i, name] of names.entries()) {
        map.learn({ origin: 'markets', target: of(name), mode: 'drop', stamp: (i + 1) * us });
      }
      expect(map.many).toBeLessThan(12_000);
      // Those of the last second, for which an entry lives at the longest.
      for (const name of names.slice(-1_000)) {
        expect(map.modeOf({ source: 'profile', stamp: 1, ...under(name) })).toBe('drop');
      }
    },
  );
});
