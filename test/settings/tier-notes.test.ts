import { expect, test } from 'vitest';
import { tierNotes } from '../../src/settings/checks/tier-notes.ts';
import { loadText } from '../support/settings.ts';

async function notesOf(tiers: string, source = '') {
  const text = `origins: { o: { kind: http, url: "http://h" } }
sources: { s: { origin: o, key: "s:{id}", ttl: 1h, refreshAhead: 75%, request: { path: "/{id}" }, ${source} } }
tiers: ${tiers}
`;
  return tierNotes(await loadText(text)).map(({ path, message }) => `${path}: ${message}`);
}

test.each([
  ['every backing tier', '{ redis: { ttl: 20s }, disk: { ttl: 44m } }', '', ['redis', 'disk']],
  ['the only tier that is on', '{ redis: { ttl: 20s }, disk: { enabled: false } }', '', ['redis']],
  ['the only tier that a source uses', '{ redis: { ttl: 5m } }', 'tiers: [memory, redis]', ['redis']],
])(
  'values that leave %s before they are due are warm nowhere in between, which is told',
  async (_, tiers, source, named) => {
    const notes = await notesOf(tiers, source);
    expect(notes.map((note) => note.replace(/:.*/, ''))).toEqual(named.map((tier) => `tiers.${tier}.ttl`));
    for (const note of notes)
      expect(note).toMatch(
        /values of source "s" leave it after .*, after 45m of "s": no tier that outlives a process/,
      );
  },
);

test('values that leave one tier, and stay in another, are not warm in the first, which is told', async () => {
  expect(await notesOf('{ redis: { ttl: 5m } }')).toEqual([
    'tiers.redis.ttl: values of source "s" leave it after 5m, and are fetched again when they are due, after 45m of "s": in between they are not warm in this tier',
  ]);
});

test('tiers that keep values until they are due, memory, and tiers that a source does not use need no words', async () => {
  expect(await notesOf('{ memory: { ttl: 1s }, redis: { ttl: 45m } }')).toEqual([]);
  expect(await notesOf('{ redis: { ttl: 5m } }', 'tiers: [memory, disk]')).toEqual([]);
  expect(await notesOf('{ redis: {} }')).toEqual([]);
});
