import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/core/body.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { BodyFormat } from '../../src/core/entry.ts';
import type { GuardRules } from '../../src/core/source.ts';
import { Breath } from '../../src/flow/breath.ts';
import { judge, refusalOf } from '../../src/origins/guard.ts';

const NONE: GuardRules = {
  notEmpty: false,
  require: [],
  minBytes: 0,
  minItems: 0,
  maxBytes: 0,
  contentTypes: [],
  error: undefined,
};

const breath = () => new Breath({ clock: systemClock });

function judged(body: string | Uint8Array, rules: Partial<GuardRules> = {}, format: BodyFormat = 'json') {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return judge({ ...NONE, ...rules }, format, bytes, breath());
}

describe('the rule that a body broke', () => {
  const vector = new Uint8Array(new Float32Array([1, Number.NaN]).buffer);
  it.each<[rule: string, body: string | Uint8Array, rules: Partial<GuardRules>, format: BodyFormat]>([
    ['empty', '', {}, 'json'],
    ['empty', '{}', { notEmpty: true }, 'json'],
    ['size', '[1]', { minBytes: 9 }, 'json'],
    ['size', '[1]', { maxBytes: 2 }, 'raw'],
    ['type', '[1]', { contentTypes: ['image/*'] }, 'json'],
    ['format', '<p>', {}, 'json'],
    ['format', new Uint8Array([0xff]), {}, 'json'],
    ['format', new Uint8Array([0x92, 0x01]), {}, 'msgpack'],
    ['format', new Uint8Array(5), {}, 'float32'],
    ['format', vector, {}, 'float32'],
    ['error', '{"error":"no"}', { error: 'error' }, 'json'],
    ['fields', '{"a":null}', { require: ['a'] }, 'json'],
    ['items', '[1]', { minItems: 2 }, 'json'],
    ['items', '{"a":1}', { minItems: 2 }, 'json'],
    ['items', new Uint8Array(4), { minItems: 2 }, 'float32'],
  ])('is %s of %j under %j', async (rule, body, rules, format) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const told = { contentType: 'application/json' };
    expect(await refusalOf({ ...NONE, ...rules }, format, bytes, breath(), told)).toMatchObject({ rule });
  });
});

describe('the guard', () => {
  it('lets any JSON pass when it has no rules', async () => {
    await fc.assert(fc.asyncProperty(fc.json(), async (body) => (await judged(body)) === undefined));
  });

  it('says the same of a body whose value is known already', async () => {
    const rules = fc.record({
      notEmpty: fc.boolean(),
      require: fc.subarray(['a', 'b.c']),
      minBytes: fc.nat(4),
      minItems: fc.nat(2),
    });
    const value = fc.oneof(fc.jsonValue(), fc.record({ a: fc.jsonValue(), b: fc.jsonValue() }));
    await fc.assert(
      fc.asyncProperty(rules, value, async (some, known) => {
        const body = Buffer.from(JSON.stringify(known));
        const all = { ...NONE, ...some };
        expect(await judge(all, 'json', body, breath(), { parsed: { value: known } })).toBe(
          await judge(all, 'json', body, breath()),
        );
      }),
    );
  });

  it('says the same of a large body as of a small one', async () => {
    const rules = fc.record({
      notEmpty: fc.boolean(),
      require: fc.subarray(['a', 'a.b', 'b.0', '1.a']),
      minItems: fc.nat(2),
      error: fc.constantFrom(undefined, 'a', 'b', 'a.0'),
    });
    const name = fc.constantFrom('a', 'b', 'message', '0');
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, 0, 1, '', 'x'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(rules, value, async (some, known) => {
        const text = JSON.stringify(known);
        expect(await judged(`${' '.repeat(70_000)}${text}`, some)).toBe(await judged(text, some));
      }),
    );
  });

  it.each([
    ['', 'the body is empty'],
    ['<html>', 'the body is not JSON: it begins with "<html>"'],
    ['{"a":1', 'the body is not JSON'],
    ['{"a":1}x', 'the body is not JSON'],
    [Buffer.from([0x22, 0xff, 0x22]), 'it is not UTF-8'],
  ])('refuses a JSON body that is none: %s', async (body, says) => {
    expect(await judged(body)).toContain(says);
  });

  it('refuses any body that is cut off, of any list or object', async () => {
    const whole = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(whole, fc.nat(), async (value, cut) => {
        const bytes = Buffer.from(JSON.stringify(value));
        return (await judged(bytes.subarray(0, cut % bytes.length))) !== undefined;
      }),
    );
  });

  it.each(['null', '""', '[]', '{}', ' [ ] '])(
    'refuses %s only when told that it must not be empty',
    async (body) => {
      expect(await judged(body)).toBeUndefined();
      expect(await judged(body, { notEmpty: true })).toContain('the body is empty');
    },
  );

  it.each(['0', 'false', '[0]', '{"a":null}', '" "'])('takes %s for a value', async (body) => {
    expect(await judged(body, { notEmpty: true })).toBeUndefined();
  });

  it('refuses a body in which something required is missing, null or empty', async () => {
    const rules = { require: ['population', 'loc.lat'] };
    expect(await judged('{"population":1,"loc":{"lat":0}}', rules)).toBeUndefined();
    expect(await judged('{"loc":{"lat":0}}', rules)).toBe('"population" is missing or empty');
    expect(await judged('{"population":1,"loc":{"lat":null}}', rules)).toBe('"loc.lat" is missing or empty');
    expect(await judged('{"population":1,"loc":{"lat":""}}', rules)).toContain('"loc.lat"');
    expect(await judged('[]', rules)).toContain('"population"');
  });

  it('refuses a list that is short, or none', async () => {
    expect(await judged('[1,2]', { minItems: 2 })).toBeUndefined();
    expect(await judged('[1]', { minItems: 2 })).toBe('the list has 1 item, and at least 2 are asked');
    expect(await judged('{}', { minItems: 2 })).toContain('is not a list');
  });

  it('refuses a body that is short, of either format', async () => {
    expect(await judged('"ab"', { minBytes: 4 })).toBeUndefined();
    expect(await judged('"a"', { minBytes: 4 })).toBe('the body has 3 bytes, and at least 4 are asked');
    expect(await judged('abc', { minBytes: 4 }, 'raw')).toContain('the body has 3 bytes');
  });

  it('looks at nothing but the bytes of a raw body', async () => {
    const rules = { require: ['a'], minItems: 3 };
    expect(await judged(Buffer.from([0xff, 0]), { ...rules, notEmpty: true }, 'raw')).toBeUndefined();
    expect(await judged('', rules, 'raw')).toBeUndefined();
    expect(await judged('', { notEmpty: true }, 'raw')).toBe('the body is empty');
  });
});

describe('the guard of errors that are told in a body of success', () => {
  const told = (body: unknown, error = 'errors') => judged(JSON.stringify(body), { error });

  it.each([
    [{ errors: [{ message: 'no such field' }] }, ': no such field'],
    [{ errors: 'broken\u001b\n' }, ': broken'],
    [{ errors: { code: 7 } }, ''],
    [{ errors: true }, ': true'],
    [{ errors: 42 }, ': 42'],
    [{ errors: { detail: 'redis://:pw@h' } }, ': redis://[redacted]@h'],
  ])('refuses %j, with its words', async (body, words) => {
    expect(await told(body)).toBe(`the origin tells of a failure at "errors"${words}`);
  });

  it.each([
    {},
    { errors: null },
    { errors: [] },
    { errors: {} },
    { errors: '' },
    { errors: false },
    { errors: 0 },
  ])('takes %j for a value', async (body) => {
    expect(await told(body)).toBeUndefined();
  });

  it('looks as deep as its path says', async () => {
    expect(await told({ meta: { fault: 'x' } }, 'meta.fault')).toContain('at "meta.fault": x');
  });
});

describe('the guard of types and sizes', () => {
  const typed = (body: string, contentType: string | undefined, contentTypes = ['image/png', 'text/*']) =>
    judge(
      { ...NONE, contentTypes },
      'raw',
      Buffer.from(body),
      breath(),
      contentType === undefined ? {} : { contentType },
    );

  it.each(['image/png', 'IMAGE/PNG; q=1', 'text/csv;charset=utf-8'])(
    'takes %s where it is asked',
    async (type) => {
      expect(await typed('x', type)).toBeUndefined();
    },
  );

  it.each([
    ['image/jpeg', 'the body is image/jpeg, and image/png, text/* is asked'],
    ['imag', 'the body is imag'],
    [undefined, 'the body is of no type'],
  ])('refuses %s', async (type, says) => {
    expect(await typed('x', type)).toContain(says);
  });

  it.each(['<!DOCTYPE html>', '\ufeff \n<html lang=en>', '<?xml version="1.0"?><!-- x --><!doctype HTML >'])(
    'refuses a page of HTML in place of another type: %j',
    async (page) => {
      expect(await typed(page, 'image/png', ['image/*'])).toContain(
        'is a page of HTML, though its type says image/png',
      );
      expect(await typed(page, 'text/html', ['text/html'])).toBeUndefined();
      expect(await typed(page, 'text/html', [])).toBeUndefined();
    },
  );

  it('judges no type where no origin told one', async () => {
    expect(
      await judge({ ...NONE, contentTypes: ['image/png'] }, 'raw', Buffer.from('x'), breath()),
    ).toBeUndefined();
  });

  it('refuses a body that is too large', async () => {
    expect(await judged('abcd', { maxBytes: 3 }, 'raw')).toBe(
      'the body has 4 bytes, and at most 3 are taken',
    );
    expect(await judged('abc', { maxBytes: 3 }, 'raw')).toBeUndefined();
  });
});

describe('the guard of msgpack bodies', () => {
  /** MessagePack has no member of this name here: it would be read as a prototype. */
  const isWritable = (value: unknown) => !JSON.stringify(value).includes('"__proto__"');
  const packed = (value: unknown, rules: Partial<GuardRules> = {}) =>
    judged(bodyOf('msgpack', value), rules, 'msgpack');

  it('lets any value pass when it has no rules, and none that is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue().filter(isWritable), fc.nat(), async (value, cut) => {
        const body = bodyOf('msgpack', value);
        expect(await judged(body, {}, 'msgpack')).toBeUndefined();
        expect(await judged(body.subarray(0, cut % body.length), {}, 'msgpack')).toBeDefined();
      }),
    );
  });

  it('judges by the same rules as JSON', async () => {
    expect(await packed([], { notEmpty: true })).toBe('the body is empty: []');
    expect(await packed({ a: { b: null } }, { require: ['a.b'] })).toBe('"a.b" is missing or empty');
    expect(await packed({ a: { b: 0 } }, { require: ['a.b'] })).toBeUndefined();
    expect(await packed([1], { minItems: 2 })).toBe('the list has 1 item, and at least 2 are asked');
    expect(await judged('<html></html>', {}, 'msgpack')).toContain('the body is not MessagePack');
  });
});

describe('the guard of float32 bodies', () => {
  it('refuses JSON, whose bytes may be as many as those of a vector, with what it tells of a failure', async () => {
    const judgedText = (text: string, rules: Partial<GuardRules> = {}) =>
      judged(Buffer.from(text), rules, 'float32');
    expect(await judgedText('{"id":"1","v":1}')).toBe(
      'the body is JSON, and no vector of numbers of four bytes',
    );
    expect(await judgedText('[1.5,2.25,3]')).toContain('is JSON');
    expect(await judgedText('{"error":"gone"}', { error: 'error' })).toBe(
      'the origin tells of a failure at "error": gone',
    );
    expect(await judgedText('{abcdef}')).toBeUndefined();
  });

  const vector = (numbers: readonly number[], rules: Partial<GuardRules> = {}) =>
    judged(new Uint8Array(Float32Array.from(numbers).buffer), rules, 'float32');

  it('takes whole, finite numbers, at least as many as are asked', async () => {
    expect(await vector([1, -2.5, 0], { minItems: 3 })).toBeUndefined();
    expect(await vector([1, 2], { minItems: 3 })).toBe('the vector has 2 items, and at least 3 are asked');
    expect(await vector([1, Number.NaN])).toBe('number 1 of the vector is NaN');
    expect(await vector([Number.POSITIVE_INFINITY])).toBe('number 0 of the vector is Infinity');
    expect(await judged(Buffer.alloc(7), {}, 'float32')).toBe('the body has 7 bytes, no multiple of four');
    expect(await judged('', {}, 'float32')).toBe('the body is empty');
  });
});
