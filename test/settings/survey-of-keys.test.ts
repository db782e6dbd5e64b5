/** What `config check` says of keys that would fail, and of schedules without any. */
import { describe, expect, test } from 'vitest';
import { CONFIG, survey } from '../support/survey.ts';

describe('rows that cannot be asked for', () => {
  const rows = 'id\n..\n.\n../x\n%2e%2e\n1\n';
  const withRequest = (request: string, list = rows, badRows = 'refuse') =>
    survey(
      `${CONFIG.replace('{ path: "/{id}" }', request)}entities: { e: { csv: e.csv, id: id, badRows: ${badRows} } }`,
      { 'e.csv': list },
    );

  test('are noted, and no problem, where bad rows are left out', async () => {
    const { problems, notes } = await withRequest('{ path: "/s/{id}" }', rows, 'skip');
    expect(problems).toEqual([]);
    expect(notes).toContainEqual(
      expect.stringContaining('left out: 4 of 5 rows cannot be asked for by source "s": id ".."'),
    );
  });

  test('are named with the source that they would fail for', async () => {
    expect((await withRequest('{ path: "/s/{id}" }')).problems).toEqual([
      'entities.e: 4 of 5 rows cannot be asked for by source "s": id ".."; id "."; id "../x"; id "%2e%2e": request "/s/{id}": a param makes a step out of the path; `traversal: allow` lets it',
    ]);
    const batch = await withRequest('{ batch: { path: "/s", query: { ids: "{id...}" } } }', 'id\n"1,2"\n3\n');
    expect(batch.problems).toEqual([
      expect.stringContaining('1 of 2 rows cannot be asked for by source "s": id "1,2"'),
    ]);
    const inPath = await withRequest('{ batch: { path: "/s/{id...}" } }');
    expect(inPath.problems).toEqual([expect.stringContaining('4 of 5 rows')]);
    const many = `id\n${Array.from({ length: 12 }, (_, i) => `../${i}\n`).join('')}`;
    expect((await withRequest('{ path: "/{id}" }', many)).problems[0]).toContain('; and 2 more');
  });

  test('are those of texts that are too long for a model', async () => {
    const text = `origins: { o: { kind: embeddings, url: "http://h" } }
sources: { s: { origin: o, key: "s:{text}", format: float32, request: { model: m, maxCharacters: 3 } } }
entities: { e: { csv: e.csv, id: text } }`;
    const { problems } = await survey(text, { 'e.csv': 'text\nfour\nsix\n' });
    expect(problems).toEqual([expect.stringContaining('text "four": the text has 4 characters')]);
  });

  test.each(['{ path: "/s/{id}", traversal: allow }', '{ path: "/s?id={id}" }'])(
    'are none where the request can carry them: %s',
    async (request) => {
      expect((await withRequest(request)).problems).toEqual([]);
    },
  );
});

describe('a schedule that can select nothing', () => {
  const notesOn = async (warm: string, rest = '') => {
    const text = `${CONFIG.replace('{ origin', '{ tags: ["t:{id}"], origin')}schedules: { n: { cron: "0 0 * * *", timezone: UTC, warm: '${warm}' } }\n${rest}`;
    const { notes } = await survey(text, { 'e.csv': 'id\n1\n', 'f.csv': 'other\n1\n' });
    return notes.filter((note) => note.startsWith('schedules.'));
  };
  const SETS = 'entities: { e: { csv: e.csv, id: id }, f: { csv: f.csv, id: other } }';

  test.each([
    ['temperature=hot', 'selects nothing: no source is hot'],
    ['source=s temperature=hot,cold', 'selects nothing: none of s is hot or cold'],
    ['age>100h age<1h', 'selects nothing: no value is older than 4d4h and younger than 1h'],
    ['age>1h age<1h', 'selects nothing: no value is older than 1h and younger than 1h'],
    ['prefix=zz', 'keys of no source begin with "zz"'],
    ['source=s prefix=s:1,zz', 'keys of no source that it selects begin with "zz"'],
    ['tag=x:1', 'no source gives the tag "x:1"'],
    ['entities=f', 'entity set "f" gives keys of no source'],
  ])('is worth a note: %s', async (warm, says) => {
    expect(await notesOn(warm, SETS)).toEqual([`schedules.n.warm: ${says}`]);
  });

  test.each([
    'source=s',
    'temperature=warm',
    'age>1h age<2h',
    'prefix=s',
    'prefix=s:12',
    'tag=t:1',
    'entities=e',
    'key=s:1',
  ])('and one that can needs none: %s', async (warm) => {
    expect(await notesOn(warm, SETS)).toEqual([]);
  });
});

test('values that are gone before a slow call has ended are worth a note', async () => {
  const notes = async (options: string) =>
    (await survey(CONFIG.replace('{ origin', `{ ${options}, origin`))).notes.filter((note) =>
      note.includes('may take'),
    );
  expect(await notes('ttl: 1s, grace: 3s')).toEqual([
    expect.stringContaining('sources.s.ttl: values of source "s" are gone 4s after they were asked for'),
  ]);
  expect(await notes('ttl: 1s, grace: 4s')).toEqual([]);
});
