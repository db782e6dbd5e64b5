import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { path } from '../../core/options.ts';
import { paramText } from '../../core/param-text.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import type { Form, FormInput } from './form.ts';
import { columnsOfFirst, numbered, paramsFrom, type Row, type Rows } from './row.ts';

export const moduleForm: Form = {
  option: path()
    .optional()
    .describe(
      'An ES module that exports `rows()`, which gives flat objects as an array or an (async) iterable.',
    ),
  asks: true,
  version: async () => undefined,
  open: moduleRows,
};

/** All rows of a set together, in ms. */
const LONGEST_MS = 300_000;
/** Rows between two turns of the event loop: a module that waits for nothing would let nothing else happen. */
const ROWS_A_TURN = 1_000;

/**
 * The rows that a user's ES module gives: it exports `rows()`, by name or in its default (`defineEntities`), which returns flat objects as an array or as a sync or
 * async iterable, or a promise of one. The module is loaded once per process, `rows` is called each time. Each step is bounded, and so
 * are all of them together; a step that never ends is abandoned.
 */
function moduleRows(input: FormInput): Rows {
  return {
    hasHeader: false,
    batches: read(input),
    columns: () => columnsOfFirst(read(input)),
    placesOf: numbered('row'),
  };
}

/** Each row is a batch: the module may take its time over each. */
async function* read({ place, clock, signal }: FormInput): AsyncGenerator<readonly Row[]> {
  const began = clock.elapsed();
  const step = <T>(what: string, act: () => Promise<T>): Promise<T> => {
    const bound = Math.min(PATIENCE.module, began + LONGEST_MS - clock.elapsed());
    if (bound <= 0) return Promise.reject(new Error(`its rows did not end within ${LONGEST_MS / 1_000} s`));
    return within(
      clock,
      bound,
      act,
      () => new Error(`${what} did not come within ${seconds(bound)}`),
      signal,
    );
  };
  const module = await step('what it exports', () => import(pathToFileURL(place).href));
  const { rows } = module.default ?? module;
  if (typeof rows !== 'function') throw new Error('exports no function "rows"');
  const given: unknown = await step('the result of "rows"', async () => rows());
  if (!isIterable(given)) throw new Error('"rows" gave no array and no iterable');
  let count = 0;
  for await (const item of steps(given, (act) => step(`row ${count + 1}`, act))) {
    count += 1;
    if (count % ROWS_A_TURN === 0) await setImmediate();
    yield [paramsFrom(item, paramText)];
  }
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`;
}

type Steps = Iterable<unknown> | AsyncIterable<unknown>;

/** As `for await` reads it, with each step bounded. */
async function* steps(
  given: Steps,
  bounded: (act: () => Promise<IteratorResult<unknown>>) => Promise<IteratorResult<unknown>>,
) {
  const iterator = Symbol.asyncIterator in given ? given[Symbol.asyncIterator]() : given[Symbol.iterator]();
  let isDone = false;
  try {
    for (;;) {
      const next = await bounded(async () => {
        const { value, done } = await iterator.next();
        return { value: await value, done: done ?? false };
      });
      isDone = next.done === true;
      if (isDone) return;
      yield next.value;
    }
  } finally {
    // Not awaited: it would wait for a step that never ends.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function isIterable(value: unknown): value is Steps {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
