import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOfBytes } from '../../src/core/text.ts';
import { longestTurn } from '../support/turns.ts';

const messageOf = (bytes: Uint8Array): string => {
  try {
    return textOfBytes(bytes);
  } catch (error) {
    return (error as Error).message;
  }
};

test('a byte that is no text is named by its line, in files of any length', () => {
  const line = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constant('é'.repeat(20_000)));
  const text = fc.array(line, { maxLength: 40 }).map((lines) => lines.map((each) => each.replace(/\n/g, '')));
  fc.assert(
    fc.property(text, text, fc.constantFrom([0xff], [0xc3], [0xe2, 0x82]), (before, after, fault) => {
      const pieces = [...before.map((each) => `${each}\n`), fault, '\n', ...after];
      const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
      fc.pre(bytes[0] !== 0xff || bytes[1] !== 0xfe);
      expect(messageOf(bytes)).toBe(`line ${before.length + 1}: not UTF-8; save it as UTF-8`);
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['empty lines', '\n'],
  ['one long line', 'x'],
  ['short lines', 'é\n'],
])('a fault behind %s of four megabytes is found in no time', async (_, piece) => {
  const bytes = Buffer.concat([Buffer.alloc(4_000_000, piece), Buffer.from([0xff])]);
  const ms = await longestTurn(async () => {
    expect(messageOf(bytes)).toContain('not UTF-8');
  });
  expect(ms).toBeLessThan(50);
});
