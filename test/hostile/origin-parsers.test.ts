import { expect, it } from 'vitest';
import { fuzz } from './fuzz-parser.ts';
import { PARSERS } from './origin-parsers.ts';

/** Of each parser; `npx node test/hostile/fuzz-origins.ts` reads a hundred thousand in all, and more if told. */
const INPUTS = 500;

it.each(Object.entries(PARSERS))(
  'no input crashes %s, holds it up, or makes it throw what nobody expects',
  async (_, parser) => {
    expect(await fuzz(parser, INPUTS)).toEqual([]);
  },
);

it('a parser that throws, and one that takes long, are found', async () => {
  const wait = () => {
    const began = process.cpuUsage();
    while (process.cpuUsage(began).user < 60_000);
  };
  expect(await fuzz({ dictionary: ['x'], throws: [SyntaxError], read: wait }, 1)).toMatchObject([
    { problem: expect.stringContaining('takes') },
  ]);
  const fail = () => {
    throw new TypeError('oops');
  };
  expect(await fuzz({ dictionary: ['x'], throws: [SyntaxError], read: fail }, 1)).toEqual([
    { seed: 1, problem: 'throws TypeError: oops' },
  ]);
});
