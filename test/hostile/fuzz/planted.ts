/** Parsers with a fault each, to see that a run finds it: the list of the liars in `fuzz.test.ts`. */
import type { Parser } from './parser.ts';

const isLong = (text: string) => text.length > 2;

export const PARSERS: readonly Parser[] = [
  { name: 'well', examples: ['abc'], read: (text) => text.length },
  {
    name: 'ends the process',
    examples: ['abc'],
    read: (text) => {
      if (isLong(text)) process.abort();
    },
  },
  {
    name: 'never ends',
    examples: ['abc'],
    read: (text) => {
      while (isLong(text));
    },
  },
  { name: 'throws what is not ours', examples: ['abc'], read: (text) => JSON.parse(`{${text}`) },
  {
    name: 'rejects with what is not ours',
    examples: ['abc'],
    read: async (text) => JSON.parse(`{${text}`),
  },
  {
    name: 'takes long',
    examples: ['abc'],
    read: (text) => {
      const before = process.threadCpuUsage();
      while (isLong(text) && process.threadCpuUsage(before).user < 60_000);
    },
  },
  {
    name: 'takes long later',
    examples: ['abc'],
    read: async (text) => {
      await new Promise((resolve) => setImmediate(resolve));
      const before = process.threadCpuUsage();
      while (isLong(text) && process.threadCpuUsage(before).user < 60_000);
    },
  },
  {
    name: 'says too much',
    examples: ['abc'],
    read: (text) => {
      throw new RangeError(`${text} is wrong`.padEnd(10_000, '.'));
    },
    refuses: [RangeError],
  },
];
