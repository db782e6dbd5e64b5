/** What is measured as text: for each unit of the API one way, so that no view takes one unit for another. */
import type { History } from '../../../src/api-client/client.ts';
import { compact, percent, rate } from './numbers.ts';
import { duration } from './times.ts';

export type Unit = History['rows'][number]['unit'];

export const SHOWN: Readonly<Record<Unit, (value: number) => string>> = {
  ratio: percent,
  ms: duration,
  callsPerSecond: rate,
  keys: compact,
  calls: compact,
  jobs: compact,
  entries: compact,
};
