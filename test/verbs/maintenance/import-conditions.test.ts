import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Entry } from '../../../src/core/entry.ts';
import { Breath } from '../../../src/flow/breath.ts';
import { entryOfLine, lineOf as writtenLine } from '../../../src/verbs/maintenance/export-line.ts';
import { entryOf } from '../../support/entries.ts';

const lineOf = (entry: Entry) => writtenLine(entry, new Breath({ clock: systemClock }));

test.each(['"a"\r\nx: y', '"\u2019"', '"\u0000"', `"${'x'.repeat(5_000)}"`])(
  'an import leaves out the ETag and the date %j, with which no call could be made, and keeps the value',
  async (text) => {
    const entry = entryOf('profile:m1', '{"a":1}', { etag: text, lastModified: text });
    const { head, body } = await entryOfLine(await lineOf(entry), systemClock);
    expect(head).not.toHaveProperty('etag');
    expect(head).not.toHaveProperty('lastModified');
    expect(head.unusable).toMatch(/^its ETag has .*; its Last-Modified has /);
    expect(await lineOf({ head, body })).not.toContain('unusable');
    expect(Buffer.from(body).toString()).toBe('{"a":1}');
  },
);

test('an import keeps an ETag and a date that a header can hold', async () => {
  const entry = entryOf('profile:m1', '1', {
    etag: 'W/"a b"',
    lastModified: 'Thu, 01 Jan 2026 09:00:00 GMT',
  });
  expect((await entryOfLine(await lineOf(entry), systemClock)).head).toEqual(entry.head);
});
