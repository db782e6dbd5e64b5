/** Parsers with a fault each, to see that a run finds it: the list of the liars in `fuzz.test.ts`. */
import type { Parser } from './parser.ts';

/** So many ms of the processor's time. */
function work(ms: number): void {
  const before = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(before);
    if (user + system > ms * 1_000) return;
  }
}

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
    read: () => work(60),
  },
  {
    name: 'takes long later',
    examples: ['abc'],
    read: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      work(60);
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
