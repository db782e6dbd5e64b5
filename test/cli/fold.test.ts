import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '../../src/cli/terminal/fold.ts';
import { Cli } from './harness.ts';

const WORDS = fc.array(fc.stringMatching(/^[a-z]{1,19}$/), { minLength: 1, maxLength: 40 });

describe('a line that is too long for the terminal', () => {
  test('goes on in another one, between words, and loses none', () => {
    fc.assert(
      fc.property(
        WORDS,
        fc.integer({ min: 30, max: 100 }),
        fc.integer({ min: 0, max: 6 }),
        (words, width, indent) => {
          const text = ' '.repeat(indent) + words.join(' ');
          const lines = fold(text, width).split('\n');
          expect(lines.join(' ').trim().split(/\s+/)).toEqual(words);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
          for (const line of lines.slice(1)) expect(line).toMatch(new RegExp(`^ {${indent + 2}}\\S`));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('keeps a word that is longer whole, and its colours and columns', () => {
    expect(fold(`a ${'x'.repeat(40)} b`, 30)).toBe(`a\n  ${'x'.repeat(40)}\n  b`);
    expect(fold('  name   value', 60)).toBe('  name   value');
    const red = '\u001b[31merror\u001b[39m';
    expect(fold(`${red} ${'word '.repeat(5).trim()}`, 30)).toBe(`${red} word word word word word`);
  });

  test('is left as it is where there is no terminal, or hardly one', () => {
    const text = 'word '.repeat(50);
    expect(fold(text, Number.POSITIVE_INFINITY)).toBe(text);
    expect(fold(text, 10)).toBe(text);
  });
});

describe('at 60 columns', () => {
  test('an error and its remedy are folded', async () => {
    const narrow = new Cli({ isTTY: true, columns: 60, env: { NO_COLOR: '1' } });
    const { code, err } = await narrow.run('check', 'source=nothing-that-is-configured-here-at-all');
    expect(code).toBe(2);
    expect(err).toContain('nothing-that-is-configured-here-at-all');
    for (const line of err.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  test('a hint has its command in one piece, and its meaning below it', async () => {
    const narrow = new Cli({ isTTY: true, columns: 35, env: { NO_COLOR: '1' } });
    const { out } = await narrow.run('config', 'check');
    expect(out).toMatch(/^ {2}forewarm config print$/m);
    expect(out).toMatch(/^ {4}# all of them$/m);
  });
});
