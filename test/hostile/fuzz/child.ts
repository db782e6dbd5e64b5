/** A process of its own that tries stretches of inputs: an input that ends it, or never ends, spoils nothing else. */
import { writeSync } from 'node:fs';
import type { Stretch } from './batch.ts';
import { tallyOf } from './batch.ts';
import type { Parser } from './parser.ts';

export interface Order extends Stretch {
  readonly parser: string;
  /** Says each index before its input is tried, so that the last one tells the culprit. */
  readonly careful: boolean;
}

/** Where `careful` writes: past all buffers, since the process may not live to flush them. */
export const CAREFUL_FD = 4;

const [list = ''] = process.argv.slice(2);
const { PARSERS } = (await import(list)) as { readonly PARSERS: readonly Parser[] };

process.on('message', (order: Order) => {
  const parser = PARSERS.find(({ name }) => name === order.parser);
  if (parser === undefined) throw new Error(`there is no parser "${order.parser}" in ${list}`);
  const before = (index: number) => writeSync(CAREFUL_FD, `${index}\n`);
  void tallyOf(parser, order, order.careful ? before : undefined).then((tally) => process.send?.(tally));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
