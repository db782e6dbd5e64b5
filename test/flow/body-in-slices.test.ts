import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyOf } from '../../src/core/body.ts';
import { systemClock } from '../../src/core/clock.ts';
import { parseExactly, withoutText } from '../../src/core/exact-json.ts';
import { bodyInSlices } from '../../src/flow/body-in-slices.ts';
import { Breath } from '../../src/flow/breath.ts';
import { longestTurn } from '../support/turns.ts';

const written = (value: unknown) => bodyInSlices('json', value, new Breath({ clock: systemClock }));
const packed = (value: unknown) => bodyInSlices('msgpack', value, new Breath({ clock: systemClock }));
const text = async (value: unknown) => Buffer.from(await written(value)).toString();

/** Too heavy to be written together with others, each in a way of its own. */
const HEAVY = [
  Array.from({ length: 5_000 }, (_, i) => i),
  Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`n${i}`, i])),
  'é"'.repeat(50_000),
  `x${'😀'.repeat(80_000)}\ud83d`,
  parseExactly(`{"a":[${'90071992547409931,'.repeat(5_000)}1e400]}`),
];

describe('the body of a large value', () => {
  test('has the bytes that JSON.stringify gives', async () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, 1.5, 'a', ...HEAVY),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(fc.constantFrom('a', '1', '__proto__', 'd"'), tie('value')),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(value, async (inside) => {
        const whole = { inside, heavy: HEAVY[0] };
        expect(await text(whole)).toBe(JSON.stringify(whole));
        expect(await text([inside, HEAVY[1]])).toBe(JSON.stringify([inside, HEAVY[1]]));
      }),
      { numRuns: 12 },
    );
  });

  test('has the bytes that the writer of MessagePack gives', async () => {
    const long = '90071992547409931';
    const heavy = [
      ...HEAVY.slice(0, 3),
      parseExactly(`{"a":[${`${long},`.repeat(5_000)}1]}`),
      'z'.repeat(65_530),
    ];
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, 1.5, 'a', ...heavy),
        fc.array(tie('value'), { maxLength: 20 }),
        fc.dictionary(fc.constantFrom('a', '1', 'ö'), tie('value')),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(value, async (inside) => {
        for (const whole of [{ inside, heavy: heavy[0] }, [inside, heavy[1]]]) {
          expect(Buffer.compare(await packed(whole), bodyOf('msgpack', withoutText(whole)))).toBe(0);
        }
      }),
      { numRuns: 6 },
    );
  });

  test.each<[string, unknown, string]>([
    ['half of a surrogate pair', ['\ud83d', HEAVY[0]], 'surrogate pair'],
    ['half of one in a long text', [`x${'😀'.repeat(80_000)}\ud83d`], 'surrogate pair'],
    ['a name that readers change', JSON.parse(`{"__proto__":[${'1,'.repeat(9_000)}1]}`), '__proto__'],
    [
      'a number of more than 64 bits',
      parseExactly(`[${'1234567890123456789012,'.repeat(5_000)}1]`),
      'more than 64 bits',
    ],
    [
      'too many members',
      Object.fromEntries(Array.from({ length: 65_536 }, (_, i) => [`n${i}`, i])),
      'more than 65535',
    ],
  ])('is refused as MessagePack with %s', async (_, value, says) => {
    await expect(packed(value)).rejects.toThrow(says);
  });

  test('is refused where it is nested too deep, as that of a small one', async () => {
    let deep: unknown = HEAVY[0];
    for (let i = 0; i < 999; i += 1) deep = [deep];
    expect((await written(deep)).length).toBe(bodyOf('json', deep).length);
    await expect(written([deep])).rejects.toThrow('it is more than 1,000 levels deep');
    expect((await packed(deep)).length).toBe(bodyOf('msgpack', deep).length);
    await expect(packed([deep])).rejects.toThrow('it is more than 1,000 levels deep');
    let behind: unknown = 1;
    for (let i = 0; i < 1_000; i += 1) behind = { a: behind };
    await expect(written([...(HEAVY[0] as number[]), behind])).rejects.toThrow('levels deep');
  });

  test.each([
    ['numbers', Array.from({ length: 1_000_000 }, (_, i) => i * 1.5)],
    ['records', Array.from({ length: 200_000 }, (_, i) => ({ id: String(i), n: i }))],
    ['members', Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`n${i}`, i]))],
    ['long numbers', parseExactly(`[${'90071992547409931,'.repeat(300_000)}1]`)],
  ])('holds nobody up for 50 ms while it is written, with many %s', async (_, value) => {
    expect(await longestTurn(() => written({ value }))).toBeLessThan(50);
    expect(await longestTurn(() => packed({ value }))).toBeLessThan(50);
  });
});
