/** The fuzz run in its short form. The long form: `npm run test:fuzz`. */
import { describe, expect, it } from 'vitest';
import { attempt } from './attempt.ts';
import { NOTHING, tallyOf } from './batch.ts';
import type { Parser } from './parser.ts';
import { PARSERS } from './parsers/all.ts';
import { PARSERS as PLANTED } from './planted.ts';
import { FuzzWorker } from './worker.ts';

const SEED = 20_261_127;
const INPUTS = 30;

function planted(name: string): Parser {
  const found = PLANTED.find((parser) => parser.name === name);
  if (found === undefined) throw new Error(`nothing is planted as "${name}"`);
  return found;
}

describe('random inputs to every parser', () => {
  it.each(PARSERS.map((parser) => [parser.name, parser] as const))(
    'of %s crash nothing, take no time, and are refused by errors of our own',
    async (_, parser) => {
      const tally = await tallyOf(parser, { seed: SEED, from: 0, count: INPUTS });
      expect(tally.findings).toEqual([]);
      expect(tally.inputs).toBe(INPUTS);
    },
  );
});

describe('an input that once was a fault', () => {
  const worst = PARSERS.flatMap((parser) =>
    (parser.worst ?? []).map((input) => [parser.name, input, parser] as const),
  );

  it.each(worst)('of %s is none any more (%#)', async (_, input, parser) => {
    expect(await attempt(parser, input)).toMatchObject({ problem: undefined });
  });
});

describe('a parser is found', () => {
  it.each([
    ['throws what is not ours', 'threw SyntaxError'],
    ['rejects with what is not ours', 'threw SyntaxError'],
    ['takes long', 'took '],
    ['takes long later', 'took '],
    ['says too much', 'has an error message of 10000 characters'],
  ])('that %s', async (name, says) => {
    const { findings } = await tallyOf(planted(name), { seed: 1, from: 0, count: 1 });
    expect(findings[0]?.problem).toContain(says);
  });

  it.each([
    ['ends the process', 'ended the process (SIGABRT)'],
    ['never ends', 'did not end within 400 ms'],
  ])('that %s, with the input, and the others go on', async (name, says) => {
    const list = new URL('planted.ts', import.meta.url).href;
    const worker = new FuzzWorker({ list, patienceMs: 400 });
    const found = await worker.run(planted(name), { seed: 1, from: 0, count: 1 });
    expect(found.findings).toEqual([
      { parser: name, index: 0, problem: expect.stringContaining(says), input: expect.any(String) },
    ]);
    const next = await worker.run(planted('well'), { seed: 1, from: 0, count: 5 });
    expect(next).toMatchObject({ ...NOTHING, inputs: 5, slowestMs: expect.any(Number) });
    await worker.stop();
  });
});
