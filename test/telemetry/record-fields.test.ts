/** Whatever a record is given, it is one line of JSON: bounded, and without secrets. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';
import { recordFields } from '../../src/telemetry/record-fields.ts';

const SECRET = 'hunter2/Zm9v+QmFy&"x';
const LONGEST_LINE = 20_000;

function lineOf(fields: object, text: string): string {
  const lines: string[] = [];
  const logger = createLogger({
    about: { version: '1.2.3', role: 'worker' },
    options: { level: 'info', format: 'json' },
    to: { write: (line) => lines.push(line) },
    isTTY: false,
    colour: false,
    now: () => 0,
    secrets: [SECRET],
  });
  logger.info(fields, text);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

function isOneLine(line: string): boolean {
  return line.endsWith('\n') && !/[\n\r\u0085\u2028\u2029]/.test(line.slice(0, -1));
}

/** Values of every kind, and what stands in them at any depth: texts with the secret, long ones, odd ones. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u2028\n\u0000', '\ud800', 'x'.repeat(20_000), '\u0001'.repeat(5_000)),
  fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}${SECRET}${b}`),
  fc.constantFrom(`https://me:${SECRET}@host/`, encodeURIComponent(SECRET), JSON.stringify(SECRET)),
);
const leaf = fc.oneof(
  ...[text, fc.double(), fc.bigInt(), fc.boolean(), fc.date({ noInvalidDate: false }), fc.uint8Array()],
  fc.constantFrom(null, undefined, Symbol('s'), () => SECRET, new Map([[SECRET, SECRET]])),
);
const name = fc.oneof(
  text,
  fc.constantFrom('level', 'time', 'msg', 'event', 'err', 'toJSON', '__proto__', 'constructor'),
);
const members = (value: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(name, value), { maxLength: 5 }).map((all) => Object.fromEntries(all));
const errorOf = (value: fc.Arbitrary<unknown>) =>
  fc
    .tuple(text, value)
    .map(([message, cause]) => Object.assign(new Error(message, { cause }), { command: SECRET }));
const { any } = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('any'), { maxLength: 4 }),
    members(tie('any')),
    errorOf(tie('any')),
  ),
}));

describe('a record', () => {
  test('is one line of valid JSON, bounded and without secrets, whatever fields come', () => {
    fc.assert(
      fc.property(members(any), text, (fields, message) => {
        const line = lineOf({ event: 'problem', ...fields }, message);
        expect(isOneLine(line)).toBe(true);
        expect(line.length).toBeLessThan(LONGEST_LINE);
        expect(line).not.toContain('hunter2');
        expect(JSON.parse(line)).toMatchObject({ level: 'info', time: '1970-01-01T00:00:00.000Z' });
      }),
      { numRuns: 150 },
    );
  });

  test('of an error has its name, message, code, stack and causes, and nothing else that hangs on it', () => {
    const cause = new Error('below');
    const error = Object.assign(new Error('above', { cause }), { code: 'E_X', command: { args: ['value'] } });
    const { err } = recordFields({ err: error }, []) as { err: Record<string, unknown> };
    expect(Object.keys(err)).toEqual(['type', 'message', 'code', 'stack', 'cause']);
    expect(err).toMatchObject({ type: 'Error', message: 'above', cause: { message: 'below' } });
  });

  test('says what cannot be read, what goes round in circles, and what is no data', () => {
    const circle: Record<string, unknown> = { a: 1 };
    circle.self = circle;
    const odd = {
      get bad(): string {
        throw new Error('no');
      },
      list: Array.from({ length: 1_000 }, (_, i) => i),
      bytes: Buffer.from('secret'),
      nothing: undefined,
      circle,
      many: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`m${i}`, i])),
    };
    const fields = recordFields(odd, []);
    expect(fields).toMatchObject({ bad: 'cannot be read', bytes: '6 bytes' });
    expect(fields.list).toHaveLength(40);
    expect(Object.keys(fields.many ?? {})).toHaveLength(40);
    expect(JSON.stringify(fields.circle)).toBe(
      '{"a":1,"self":{"a":1,"self":{"a":1,"self":{"a":1,"self":"…"}}}}',
    );
    expect('nothing' in fields).toBe(false);
  });

  test('hides what has a telling name, at any depth, and renames what the logger says itself', () => {
    const fields = recordFields(
      { level: 'x', a: { b: { apiKey: 'k', 'x-auth-token': 't', tokens: 5 } } },
      [],
    );
    expect(fields).toEqual({
      level_: 'x',
      a: { b: { apiKey: '[redacted]', 'x-auth-token': '[redacted]', tokens: '[redacted]' } },
    });
  });
});
