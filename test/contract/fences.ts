/**
 * What fences promise, as data: a sentence and the proof of it. `describeFences` makes a test of each; the liars in
 * `fences.liars.test.ts` show that each can fail.
 */
import { describe, expect, it } from 'vitest';
import type { Stamp } from '../../src/core/entry.ts';
import type { InvalidationMode } from '../../src/core/invalidation-mode.ts';
import { KeyTemplate } from '../../src/core/key.ts';
import type { Source } from '../../src/core/source.ts';
import {
  ALL,
  type Fence,
  type Fenced,
  type Fences,
  ofPrefix,
  ofSource,
  ofTag,
} from '../../src/tiers/invalidation/fences.ts';
import { entryOf } from '../support/entries.ts';
import { sourceWith } from '../support/sources.ts';

export interface FencesSubject {
  /** Of two processes. */
  readonly here: Fences;
  readonly there: Fences;
  /** A stamp as a fetch gets it now. */
  readonly stamp: (origin: string) => Promise<Stamp>;
}

export type FencesClause = (subject: FencesSubject) => Promise<void>;

/** The sources that a subject has. */
export const FENCED_SOURCES: readonly Source[] = [
  { name: 'profile', origin: 'markets', tags: ['market:{market}', 'region:{region}'] },
  { name: 'quote', origin: 'markets', tags: [] },
  { name: 'embedding', origin: 'models', tags: [] },
].map(({ name, origin, tags }) =>
  sourceWith({ name, origin, template: `${name}:{market}:{year}`, tags: tags.map(KeyTemplate.parse) }),
);
const ORIGINS = new Map(FENCED_SOURCES.map(({ name, origin }) => [name, origin]));

async function fetched({ stamp }: FencesSubject, source: string, ...tags: string[]): Promise<Fenced> {
  return { key: `${source}:7:1`, source, tags, stamp: await stamp(ORIGINS.get(source) ?? '') };
}

/** What another process makes of these entries, once it has asked. */
async function seenThere({ there }: FencesSubject, entries: readonly Fenced[]) {
  expect(await there.sync()).toBe(true);
  return entries.map((entry) => there.modeOf(entry));
}

const MODES: readonly InvalidationMode[] = ['drop', 'stale'];

export const FENCES_CLAUSES: Readonly<Record<string, FencesClause>> = {
  'hides nothing as long as nothing was raised': async (subject) => {
    const entry = await fetched(subject, 'profile', 'a');
    expect(await seenThere(subject, [entry])).toEqual([undefined]);
    expect(subject.there.see(entryOf('k', 'v').head)).toEqual(entryOf('k', 'v').head);
  },

  'hides every value of a source that was fetched before, and no other': async (subject) => {
    for (const mode of MODES) {
      const entries = [await fetched(subject, 'profile', 'a'), await fetched(subject, 'quote', 'a')];
      await subject.here.raise([ofSource('profile')], mode);
      expect(await seenThere(subject, entries)).toEqual([mode, undefined]);
    }
  },

  'hides every value with a tag, whatever its origin, and none without it': async (subject) => {
    for (const mode of MODES) {
      const entries = await Promise.all(
        [['profile', 'a', 'b'], ['embedding', 'b'], ['profile', 'bb', 'ab'], ['quote']].map(
          ([source = '', ...tags]) => fetched(subject, source, ...tags),
        ),
      );
      await subject.here.raise([ofTag('b')], mode);
      expect(await seenThere(subject, entries)).toEqual([mode, mode, undefined, undefined]);
    }
  },

  'hides what its source would tag so now, whatever it carries': async (subject) => {
    for (const mode of MODES) {
      const before = [await fetched(subject, 'profile'), await fetched(subject, 'quote')];
      await subject.here.raise([ofTag('market:8')], mode);
      expect(await seenThere(subject, before)).toEqual([undefined, undefined]);
      await subject.here.raise([ofTag('market:7')], mode);
      const after = await fetched(subject, 'profile');
      expect(await seenThere(subject, [...before, after])).toEqual([mode, undefined, undefined]);
    }
  },

  'hides what may be tagged so, where neither the key nor what is beside it tells': async (subject) => {
    for (const mode of MODES) {
      const untold = await fetched(subject, 'profile');
      const carrying = await fetched(subject, 'profile', 'region:north');
      const told = { ...(await fetched(subject, 'profile')), params: { region: 'north' } };
      await subject.here.raise([ofTag('region:south')], mode);
      expect(await seenThere(subject, [untold, carrying, told])).toEqual([mode, undefined, undefined]);
      await subject.here.raise([ofTag('region:north')], mode);
      expect(await seenThere(subject, [carrying, told])).toEqual([mode, mode]);
    }
  },

  'hides every value whose key starts so, whatever its origin, and no other': async (subject) => {
    for (const mode of MODES) {
      const entries = await Promise.all([...ORIGINS.keys()].map((source) => fetched(subject, source)));
      await subject.here.raise([ofPrefix('quote:7:'), ofPrefix('embedding'), ofPrefix('profile:7:12')], mode);
      expect(await seenThere(subject, entries)).toEqual([undefined, mode, mode]);
    }
  },

  'hides everything when everything is meant': async (subject) => {
    const entries = await Promise.all([...ORIGINS.keys()].map((source) => fetched(subject, source)));
    await subject.here.raise([ALL], 'drop');
    expect(await seenThere(subject, entries)).toEqual(['drop', 'drop', 'drop']);
  },

  'leaves alone what began to be fetched after it, at every origin': async (subject) => {
    for (let n = 0; n < 20; n += 1) {
      const before = await Promise.all([...ORIGINS.keys()].map((source) => fetched(subject, source, 'a')));
      await subject.here.raise([ofTag('a'), ofSource('profile'), ALL], 'drop');
      const after = await Promise.all([...ORIGINS.keys()].map((source) => fetched(subject, source, 'a')));
      expect(await seenThere(subject, [...before, ...after])).toEqual([
        ...['drop', 'drop', 'drop'],
        ...[undefined, undefined, undefined],
      ]);
    }
  },

  'answers the fences as other processes judge by them': async (subject) => {
    const fences = await subject.here.raise([ofTag('a'), ofTag('b')], 'drop');
    expect(fences.map(({ origin, target }) => `${origin} ${target}`).sort()).toEqual(
      ['markets tag:a', 'markets tag:b', 'models tag:a', 'models tag:b'].sort(),
    );
    const edge = fences.flatMap(({ origin, target, stamp }) => {
      const [source = ''] = [...ORIGINS].find(([, name]) => name === origin) ?? [];
      const entry = { key: 'k', source, tags: [target.slice('tag:'.length)] };
      return [
        { ...entry, stamp: stamp - 1 },
        { ...entry, stamp },
      ];
    });
    const seen = await seenThere(subject, edge);
    expect(seen).toEqual(edge.map((_, i) => (i % 2 === 0 ? 'drop' : undefined)));
  },

  'names the fences that hide a value, the latest first, and no other': async (subject) => {
    const { here, there } = subject;
    const [old, untold] = [await fetched(subject, 'profile', 'a'), await fetched(subject, 'profile')];
    await here.raise([ofTag('a')], 'stale');
    const middle = await fetched(subject, 'profile', 'a', 'region:north');
    await here.raise([ofPrefix('profile:7:'), ofPrefix('profile:8:'), ofTag('b'), ofTag('market:8')], 'drop');
    await here.raise([ofTag('region:south')], 'drop');
    await here.raise([ofSource('quote'), ofSource('profile')], 'stale');
    const late = await fetched(subject, 'profile', 'a');
    await there.sync();
    const over = (entry: Fenced) => there.over(entry).map(({ target, mode }) => `${mode} ${target}`);
    const latest = ['stale source:profile', 'drop prefix:profile:7:'];
    expect(over(middle)).toEqual(latest);
    expect(over({ ...old, params: { region: 'north' } })).toEqual([...latest, 'stale tag:a']);
    expect(over(untold)).toEqual([latest[0], 'drop tag:region:south', latest[1]]);
    expect(over(late)).toEqual([]);
  },

  'lets drop win over stale, in either order': async (subject) => {
    const entries = [await fetched(subject, 'profile', 'a'), await fetched(subject, 'quote', 'b')];
    await subject.here.raise([ofTag('a')], 'drop');
    await subject.here.raise([ofSource('profile'), ofTag('b')], 'stale');
    await subject.here.raise([ofSource('quote')], 'drop');
    expect(await seenThere(subject, entries)).toEqual(['drop', 'drop']);
  },

  'hides again what was fetched since, when it is raised again': async (subject) => {
    await subject.here.raise([ofTag('a')], 'drop');
    expect(await seenThere(subject, [])).toEqual([]);
    const entry = await fetched(subject, 'profile', 'a');
    await subject.here.raise([ofTag('a')], 'drop');
    expect(await seenThere(subject, [entry])).toEqual(['drop']);
  },

  'misses no fence however many are raised at the same time': async (subject) => {
    const tags = Array.from({ length: 40 }, (_, i) => `t${i}`);
    const entries = await Promise.all(tags.map((tag) => fetched(subject, 'profile', tag)));
    const raised = tags.map(async (tag, i) => {
      await (i % 2 === 0 ? subject.here : subject.there).raise([ofTag(tag)], 'drop');
      await subject.there.sync();
      return subject.there.modeOf(entries[i] ?? { key: '', source: '', tags: [], stamp: 0 });
    });
    expect(await Promise.all(raised)).toEqual(tags.map(() => 'drop'));
    expect(await seenThere(subject, entries)).toEqual(tags.map(() => 'drop'));
  },

  'takes over what it is told, without asking': async (subject) => {
    const entry = await fetched(subject, 'profile', 'a');
    const fences = await subject.here.raise([ofTag('a')], 'stale');
    subject.there.learn(fences);
    subject.there.learn(fences.map((fence) => ({ ...fence, stamp: 1 })));
    expect(subject.there.modeOf(entry)).toBe('stale');
  },

  'knows nothing of a moment that has not been asked about': async (subject) => {
    const moment = subject.there.moment();
    expect(subject.there.isKnownSince(moment)).toBe(false);
    await subject.there.sync();
    expect(subject.there.isKnownSince(moment)).toBe(true);
    expect(subject.there.isKnownSince(subject.there.moment())).toBe(false);
  },

  'keeps a fence for as long as a value was said to live': async ({ here, there, stamp }) => {
    const day = 86_400_000;
    await here.keepFor('profile', 10 * day);
    await there.sync();
    const now = await stamp('markets');
    const fence = (tag: string, at: Stamp): Fence => ({
      ...{ origin: 'markets', target: ofTag(tag), mode: 'drop', stamp: at },
    });
    // So many that it looks for those that can go.
    const others = Array.from({ length: 10_001 }, (_, i) => fence(`t${i}`, now + i));
    there.learn([fence('old', now - 2 * day * 1_000), ...others]);
    const value = { key: 'profile:7:1', source: 'profile', tags: ['old'], stamp: now - 3 * day * 1_000 };
    expect(there.modeOf(value)).toBe('drop');
  },

  'shows a dropped value as a tombstone, and a stale one as past its ttl on any clock': async (subject) => {
    const { head } = entryOf('k', 'v', { tags: ['a', 'b'], params: { p: 'x' } });
    const stamp = await subject.stamp('markets');
    await subject.here.raise([ofTag('a')], 'stale');
    await subject.there.sync();
    const old = { ...head, stamp };
    const { checkedAt } = head;
    expect(subject.there.see(old)).toEqual({ ...old, dueAt: checkedAt, staleAt: checkedAt });
    await subject.here.raise([ofTag('b')], 'drop');
    await subject.there.sync();
    expect(subject.there.see(old)).toEqual({ ...old, kind: 'dropped' });
  },
};

export function describeFences(name: string, create: () => Promise<FencesSubject> | FencesSubject): void {
  describe(`the contract of fences, on ${name}`, () => {
    for (const [sentence, clause] of Object.entries(FENCES_CLAUSES)) {
      it(sentence, async () => clause(await create()));
    }
  });
}
