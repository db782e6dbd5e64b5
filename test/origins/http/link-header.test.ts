import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextLink } from '../../../src/origins/http/link-header.ts';
import { threadMs } from '../../support/turns.ts';

describe('the next link of a header', () => {
  test.each<[string, string | undefined]>([
    ['<https://a.test/x?page=2>; rel="next"', 'https://a.test/x?page=2'],
    ['<p1>; rel="prev", <p3>; rel="next"', 'p3'],
    ['<p3>;rel=next', 'p3'],
    ['<p3>; REL=NEXT', 'p3'],
    ['<p3>; rel="last  next"', 'p3'],
    ['<p3>; title="a, <b>; rel=\\"next\\"", <p4>; rel=next', 'p4'],
    ['<a,b;c>; rel=next', 'a,b;c'],
    ['<p3> ; rel = "next" ;', 'p3'],
    ['<p3>; rel=prev; rel=next', undefined],
    ['<p3>; rel=next; anchor="/other"', undefined],
    ['<p3>; rel=nextish', undefined],
    ['<p3>', undefined],
    ['p3; rel=next', undefined],
    ['<p3; rel=next', undefined],
    ['', undefined],
  ])('%s', (header, target) => {
    expect(nextLink(header)).toBe(target);
  });

  test('is found among any others', () => {
    const target = fc.stringMatching(/^[a-z0-9/?=&,;:.%-]{1,30}$/);
    const rel = fc.constantFrom('prev', 'first', 'last', '"up prev"');
    fc.assert(
      fc.property(fc.array(fc.tuple(target, rel), { maxLength: 5 }), target, (others, next) => {
        const links = others.map(([to, as]) => `<${to}>; rel=${as}`);
        expect(nextLink([...links, `<${next}>; rel="next"`].join(', '))).toBe(next);
      }),
    );
  });

  test('is looked for in time that grows with the header', () => {
    for (const piece of ['<', ';', '"\\', ' ;a', ';a="', ',', '<a>;', ' ']) {
      const began = threadMs();
      nextLink(`<a>${piece.repeat(16_000)}`);
      expect(threadMs() - began, piece).toBeLessThan(100);
    }
  });
});
