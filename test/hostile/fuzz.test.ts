/** The fuzz run in its short form. The long form: `npm run test:fuzz`. */
import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';
import { PARSERS, type Parser } from './parsers.ts';

describe('random inputs to every parser', () => {
  it.each(PARSERS.map((parser) => [parser.name, parser] as const))(
    'of %s crash nothing, take no time, and are refused by errors of our own',
    (_, parser) => {
      const report = fuzz({ seed: 20_261_127, inputs: 1_500, parsers: [parser] });
      expect(report.problems).toEqual([]);
      expect(report.inputs).toBeGreaterThanOrEqual(1_500);
    },
  );

  it.each<[string, Parser['parse'], string]>([
    ['crashes', (input) => input.length > 3 && input.at(9_999_999)?.length.toFixed(200), 'nothing'],
    ['throws what is not ours', () => JSON.parse('{'), 'threw SyntaxError'],
    ['takes long', () => while60(), 'took '],
  ])('would find a parser that %s', (_, parse, says) => {
    const parser = { name: 'planted', examples: ['abc'], parse, share: 1 };
    const { problems } = fuzz({ seed: 1, inputs: 20, parsers: [parser] });
    if (says === 'nothing') expect(problems).toEqual([]);
    else expect(problems[0]).toContain(says);
  });
});

/** 60 ms of processor time. */
function while60(): void {
  const before = process.threadCpuUsage();
  while (process.threadCpuUsage(before).user + process.threadCpuUsage(before).system < 60_000);
}
