import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTraceparent, traceparentOf } from '../../src/core/traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const GOOD = `00-${TRACE}-${SPAN}-01`;

const id = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((text) => !/^0*$/.test(text));

describe('the header traceparent', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(id(32), id(16), fc.boolean(), (traceId, spanId, sampled) => {
        const place = { traceId, spanId, sampled };
        expect(readTraceparent(traceparentOf(place))).toEqual(place);
      }),
    );
  });

  test.each([
    ['one of a later version, with parts that are not known yet', `cc-${TRACE}-${SPAN}-01-what-comes`],
    ['one with flags that are not known yet', `00-${TRACE}-${SPAN}-ff`],
  ])('%s is taken', (_, text) => {
    expect(readTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
  });

  test('only the last bit of the flags says that a trace is taken', () => {
    expect(readTraceparent(`00-${TRACE}-${SPAN}-02`)?.sampled).toBe(false);
  });

  test.each([
    ['nothing', undefined],
    ['a list of two', [GOOD, GOOD]],
    ['an object', { length: 55 }],
    ['an empty text', ''],
    ['two of them in one text', `${GOOD}, ${GOOD}`],
    ['the version that stands for none', `ff-${TRACE}-${SPAN}-01`],
    ['capital letters', GOOD.toUpperCase()],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['one that is too long for its version', `${GOOD}-x`],
    ['one that goes on without a hyphen', `01-${TRACE}-${SPAN}-01x`],
    ['blanks around it', ` ${GOOD} `],
    ['a line break behind it', `${GOOD}\n`],
    ['a megabyte', `01-${TRACE}-${SPAN}-01-${'x'.repeat(1_000_000)}`],
    ['letters beyond hexadecimal', `00-${TRACE.replace('0', 'g')}-${SPAN}-01`],
  ])('%s is nobody’s trace', (_, value) => {
    expect(readTraceparent(value)).toBeUndefined();
  });
});
