import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryOfLine, LineError, lineOf } from '../../../src/verbs/maintenance/export-line.ts';
import { entryOf } from '../../support/entries.ts';

const ENTRY = entryOf('profile:m1', '{"a":1}');
const LINE = JSON.parse(lineOf(ENTRY));

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

describe('a line', () => {
  test.each(BODIES)('gives back the very bytes of %j', (text) => {
    const entry = entryOf('profile:m1', text);
    const line = lineOf(entry);
    expect(line).not.toContain('\n');
    expect(Buffer.from(entryOfLine(line).body).toString()).toBe(text);
    expect(entryOfLine(line).head).toEqual(entry.head);
  });

  test('gives back any bytes, any JSON and any text', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bodies, fc.string({ minLength: 1 }), fc.array(fc.string()), (body, key, tags) => {
        const entry = entryOf(key.toWellFormed(), body, { tags: tags.map((tag) => tag.toWellFormed()) });
        const back = entryOfLine(lineOf(entry));
        expect(back.head).toEqual(entry.head);
        expect(Buffer.from(back.body).equals(body)).toBe(true);
      }),
    );
  });

  test('shows JSON as JSON, so that other tools can read it', () => {
    expect(LINE).toMatchObject({ key: 'profile:m1', encoding: 'json', body: { a: 1 } });
    expect(JSON.parse(lineOf(entryOf('profile:m1', Buffer.of(255))))).toMatchObject({ body: '/w==' });
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
  ])('is refused with %s: field and value are named', (_, change, field, value) => {
    const wrong = () => entryOfLine(JSON.stringify({ ...LINE, ...change }));
    expect(wrong).toThrow(LineError);
    expect(wrong).toThrow(`field "${field}" is ${value}: `);
  });

  test('is refused where it is cut off', () => {
    const line = lineOf(ENTRY);
    expect(() => entryOfLine(line.slice(0, -1))).toThrow('it is not JSON; the file may be cut off');
    expect(() => entryOfLine('[]')).toThrow(LineError);
  });

  test('is refused where it is nested deeper than can be written again, in any field', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const field of ['body', 'tags', 'stamp', 'unknown']) {
      const line = `${JSON.stringify({ ...LINE, [field]: undefined }).slice(0, -1)},"${field}":${deep}}`;
      expect(() => entryOfLine(line)).toThrow(LineError);
    }
    expect(() => entryOfLine(deep)).toThrow(LineError);
  });

  test.each(['json', 'text', 'base64'] as const)(
    'is refused where readers take no body so deep, as %s',
    (encoding) => {
      const body = Buffer.from(`${'['.repeat(2_000)}${']'.repeat(2_000)}`);
      const held = { ...LINE, format: 'json', encoding, bodyBytes: body.byteLength, checksum: crc32(body) };
      const written =
        encoding === 'json'
          ? JSON.parse(body.toString())
          : encoding === 'text'
            ? body.toString()
            : body.toString('base64');
      expect(() => entryOfLine(JSON.stringify({ ...held, body: written }))).toThrow(
        'more than 1,000 levels deep',
      );
    },
  );
});
