import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseExactly, textOfScalar, withoutText } from '../../src/core/exact-json.ts';

describe('JSON whose numbers keep every digit', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '[9007199254740992,9007199254740993]',
    '{"id":12345678901234567890123,"n":[{"v":0.12345678901234567890}]}',
    '{"a":1e400,"b":[1E-400,-1e400]}',
    '[ 9007199254740993 ]',
    '{"a":\t9007199254740993}',
    '{"__proto__":9007199254740993}',
  ])('gives %s back as it was written', (text) => {
    expect(JSON.stringify(parseExactly(text))).toBe(text.replaceAll(/\s/g, ''));
  });

  it('is the same as any JSON where nothing would be rounded', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseExactly(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('tells any two whole numbers apart', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (number) => {
        const [value] = parseExactly(`[${number}]`) as unknown[];
        expect(textOfScalar(value)).toBe(String(number));
      }),
    );
  });

  it('is doubles on an engine that gives no source text', () => {
    const { parse } = JSON;
    // As in Node 20: a reviver is given a name and a value.
    const older = vi.spyOn(JSON, 'parse').mockImplementation((text, reviver) =>
      parse(text, function (this: unknown, name, value) {
        return reviver === undefined ? value : reviver.call(this, name, value);
      }),
    );
    onTestFinished(() => older.mockRestore());
    expect(parseExactly('{"a":[9007199254740993,1e3],"b":"9007199254740993"}')).toEqual({
      a: [2 ** 53, 1_000],
      b: '9007199254740993',
    });
  });

  it('fails as any JSON does, and on what is nested too deep', () => {
    expect(() => parseExactly('{"a":9007199254740993')).toThrow(SyntaxError);
    expect(() => parseExactly(`${'['.repeat(200_000)}9007199254740993`)).toThrow();
  });

  it('takes no long time for long numbers and blanks', () => {
    const began = performance.now();
    parseExactly(`[${'9'.repeat(100_000)},${' '.repeat(100_000)}1]`);
    for (const text of [`[${',\t'.repeat(50_000)}`, '1'.repeat(100_000), `"${':'.repeat(100_000)}`]) {
      try {
        parseExactly(text);
      } catch {
        // What matters is how long it takes.
      }
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('becomes whole numbers of 64 bits and doubles for other formats, or nothing', () => {
    expect(withoutText(parseExactly('{"a":[9007199254740993,0.12345678901234567]}'))).toEqual({
      a: [9007199254740993n, Number('0.12345678901234567')],
    });
    expect(() => withoutText(parseExactly('[18446744073709551616]'))).toThrow('more than 64 bits');
    expect(() => withoutText(parseExactly('[1e400]'))).toThrow('too large');
  });
});
