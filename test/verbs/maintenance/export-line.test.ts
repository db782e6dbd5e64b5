import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Entry } from '../../../src/core/entry.ts';
import { Breath } from '../../../src/flow/breath.ts';
import { entryOfLine, LineError, lineOf as writtenLine } from '../../../src/verbs/maintenance/export-line.ts';
import { entryOf } from '../../support/entries.ts';
import { longestTurn } from '../../support/turns.ts';

const lineOf = (entry: Entry) => writtenLine(entry, new Breath({ clock: systemClock }));
const ENTRY = entryOf('profile:m1', '{"a":1}');
const LINE = JSON.parse(await lineOf(ENTRY));

/** Bodies that tempt: JSON with blanks, numbers that are rewritten, a byte order mark, keys that mean something to JavaScript. */
const BODIES = [
  '{"a": 1}',
  '1e400',
  '-0',
  '1.0',
  '\uFEFF{}',
  '{"__proto__":{"a":1}}',
  '{"2":1,"1":2}',
  '"\\u0041"',
  '\u2028',
  '',
  ' ',
];

const members = (count: number) => Array.from({ length: count }, (_, i) => `"m${i}":"1"`).join(',');
const read = (line: string) => entryOfLine(line, systemClock);

describe('a line', () => {
  test.each(BODIES)('gives back the very bytes of %j', async (text) => {
    const entry = entryOf('profile:m1', text);
    const line = await lineOf(entry);
    expect(line).not.toContain('\n');
    const back = await read(line);
    expect(Buffer.from(back.body).toString()).toBe(text);
    expect(back.head).toEqual(entry.head);
  });

  test('gives back any bytes, any JSON and any text', async () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(
        bodies,
        fc.string({ minLength: 1 }),
        fc.array(fc.string()),
        async (body, key, tags) => {
          const entry = entryOf(key.toWellFormed(), body, { tags: tags.map((tag) => tag.toWellFormed()) });
          const back = await read(await lineOf(entry));
          expect(back.head).toEqual(entry.head);
          expect(Buffer.from(back.body).equals(body)).toBe(true);
        },
      ),
    );
  });

  test('shows JSON as JSON, so that other tools can read it', async () => {
    expect(LINE).toMatchObject({ key: 'profile:m1', encoding: 'json', body: { a: 1 } });
    expect(JSON.parse(await lineOf(entryOf('profile:m1', Buffer.of(255))))).toMatchObject({ body: '/w==' });
  });

  test.each<[string, object, string, string]>([
    ['a time that is a word', { staleAt: 'soon' }, 'staleAt', '"soon"'],
    ['a field that there is not', { colour: 'red' }, 'colour', '"red"'],
    ['a missing field', { stamp: undefined }, 'stamp', 'missing'],
    ['a tombstone', { kind: 'dropped' }, 'kind', '"dropped"'],
    ['a format that there is not', { format: 'xml' }, 'format', '"xml"'],
    ['times out of order', { goneAt: 1 }, 'staleAt', String(LINE.staleAt)],
    ['a due time after the ttl', { dueAt: LINE.staleAt + 1 }, 'dueAt', String(LINE.staleAt + 1)],
    [
      'a fetch after its confirmation',
      { fetchedAt: LINE.checkedAt + 1 },
      'fetchedAt',
      String(LINE.checkedAt + 1),
    ],
    ['a body of another length', { body: { a: 12 } }, 'bodyBytes', '7'],
    ['a body of another checksum', { body: { a: 2 } }, 'checksum', String(LINE.checksum)],
    ['no body', { encoding: undefined, body: undefined }, 'encoding', 'missing'],
    ['text that is no text', { encoding: 'text', body: 7 }, 'body', '7'],
    ['base64 that is none', { encoding: 'base64', body: '!' }, 'body', '"!"'],
    ['an absence with a body', { kind: 'absent' }, 'kind', '"absent"'],
    ['a tag that is a number', { tags: ['a', 1] }, 'tags.1', '1'],
  ])('is refused with %s: field and value are named', async (_, change, field, value) => {
    const wrong = read(JSON.stringify({ ...LINE, ...change }));
    await expect(wrong).rejects.toThrow(LineError);
    await expect(wrong).rejects.toThrow(`field "${field}" is ${value}: `);
  });

  test('is refused where it is cut off', async () => {
    const line = await lineOf(ENTRY);
    await expect(read(line.slice(0, -1))).rejects.toThrow('it is not JSON; the file may be cut off');
    await expect(read('[]')).rejects.toThrow(LineError);
  });

  test('is refused where it is nested deeper than can be written again, in any field', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const field of ['body', 'tags', 'stamp', 'unknown']) {
      const line = `${JSON.stringify({ ...LINE, [field]: undefined }).slice(0, -1)},"${field}":${deep}}`;
      await expect(read(line)).rejects.toThrow(LineError);
    }
    await expect(read(deep)).rejects.toThrow(LineError);
  });

  test.each(['json', 'text', 'base64'] as const)(
    'is refused where readers take no body so deep, as %s',
    async (encoding) => {
      const body = Buffer.from(`${'['.repeat(2_000)}${']'.repeat(2_000)}`);
      const held = { ...LINE, format: 'json', encoding, bodyBytes: body.byteLength, checksum: crc32(body) };
      const written =
        encoding === 'json'
          ? JSON.parse(body.toString())
          : encoding === 'text'
            ? body.toString()
            : body.toString('base64');
      await expect(read(JSON.stringify({ ...held, body: written }))).rejects.toThrow(
        'more than 1,000 levels deep',
      );
    },
  );

  test.each<[string, string, string]>([
    ['tags', '"body":1', `"tags":[${'"t",'.repeat(20_000)}"t"]`],
    ['params', '"body":1', `"params":{${members(2_000)}}`],
    ['(line)', '"body":1', members(200)],
    ['(line)', '"body":1', `"params":{${members(100_001)}}`],
  ])('is refused where there is far more of %s than an entry has', async (field, body, more) => {
    const line = `${JSON.stringify({ ...LINE, body: undefined, tags: undefined }).slice(0, -1)},${body},${more}}`;
    await expect(read(line)).rejects.toThrow(
      new RegExp(`field "${field.replace(/[()]/g, '.')}" is .{1,100}more`),
    );
  });

  test.each<[string, string]>([
    ['records', `[${Array.from({ length: 40_000 }, (_, i) => `{"id":${i},"name":"n${i}"}`).join(',')}]`],
    ['members', `{${members(90_000)}}`],
    ['quotes', '"'.repeat(1_500_000)],
    ['spaces', `[${'1, '.repeat(500_000)}1]`],
  ])('of many %s is written and read, and holds up nobody', async (_, text) => {
    const entry = entryOf('profile:m1', text);
    let line = '';
    expect(await longestTurn(async () => (line = await lineOf(entry)))).toBeLessThan(50);
    let back: Entry | undefined;
    expect(await longestTurn(async () => (back = await read(line)))).toBeLessThan(50);
    expect(Buffer.from(back?.body ?? '').toString() === text).toBe(true);
  });
});
