import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { type BodyInJson, bodyInJson, joined } from '../../src/flow/body-in-json.ts';
import { Breath } from '../../src/flow/breath.ts';
import { longestTurn } from '../support/turns.ts';

const written = (body: Uint8Array) => bodyInJson(body, new Breath({ clock: systemClock }));

/** The bytes that stand in the document. */
function readBack({ encoding, json }: BodyInJson): Buffer {
  const text = Buffer.from(json).toString();
  if (encoding === 'none') return Buffer.alloc(0);
  if (encoding === 'json') return Buffer.from(JSON.stringify(JSON.parse(text)));
  return Buffer.from(JSON.parse(text), encoding === 'text' ? 'utf8' : 'base64');
}

test('a body in a document is the same bytes, as JSON where it is, as text where it is, in base64 otherwise', async () => {
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => ['', Buffer.from(bytes)] as const),
    fc.jsonValue().map((value) => ['json', Buffer.from(JSON.stringify(value))] as const),
    fc.string({ unit: 'grapheme' }).map((text) => ['text', Buffer.from(`< ${text}`)] as const),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async ([encoding, body]) => {
      const document = await written(body);
      if (encoding !== '') expect(document.encoding).toBe(encoding);
      // What is JSON stands there as it is.
      if (document.encoding === 'json') expect(Buffer.from(document.json)).toEqual(body);
      else expect(readBack(document)).toEqual(body);
    }),
  );
});

test.each(['9007199254740993', ' {"a": 1.0} ', '{"a":1,"a":2}'])(
  '%s stands there in its own characters',
  async (text) => {
    expect(Buffer.from((await written(Buffer.from(text))).json).toString()).toBe(text);
  },
);

test('a byte order mark makes text of JSON', async () => {
  expect((await written(Buffer.from('\ufeff{}'))).encoding).toBe('text');
});

const LARGE = 2_500_001;
const BODIES: Readonly<Record<string, Buffer>> = {
  'text of characters that are cut apart': Buffer.from('aö€😀'.repeat(LARGE / 10)),
  quotes: Buffer.alloc(LARGE, '"'),
  bytes: Buffer.alloc(LARGE, 0xff),
  'empty lists': Buffer.from(`[${'[],'.repeat(LARGE / 3)}0]`),
  'members of each name': Buffer.from(
    `{${Array.from({ length: LARGE / 12 }, (_, i) => `"a${i}":1`).join(',')}}`,
  ),
};

test.each(Object.entries(BODIES))('%s are written, and hold up nobody', async (_, body) => {
  let document: BodyInJson | undefined;
  const ms = await longestTurn(async () => {
    document = await written(body);
  });
  expect(ms).toBeLessThan(50);
  if (document !== undefined) expect(readBack(document).equals(body)).toBe(true);
});

test('parts are joined in their order, however long they are', async () => {
  const parts = [Buffer.from('a'), Buffer.alloc(3_000_000, 'b'), Buffer.alloc(0), Buffer.from('c')];
  const all = await joined(parts, new Breath({ clock: systemClock }));
  expect(all.equals(Buffer.concat(parts))).toBe(true);
});
