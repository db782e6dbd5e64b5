import type { Run, RunChunk, Runs } from '../../catalog/runs/runs.ts';
import { stillWanted } from '../../flow/errand.ts';

/** Chunks that are read at once. */
const AT_ONCE = 8;

interface NumberedChunk {
  readonly number: number;
  readonly chunk: RunChunk;
}

/** The chunks of a run's manifest from `first` on, in order: nobody holds more than a few of them. */
export async function* chunksOf(
  runs: Pick<Runs, 'chunk'>,
  { id, chunks }: Run,
  first = 0,
): AsyncGenerator<NumberedChunk> {
  for (let from = first; from < chunks; from += AT_ONCE) {
    stillWanted();
    const numbers = Array.from({ length: Math.min(AT_ONCE, chunks - from) }, (_, i) => from + i);
    const page = await Promise.all(numbers.map((number) => runs.chunk(id, number)));
    for (const [i, chunk] of page.entries()) if (chunk !== undefined) yield { number: from + i, chunk };
  }
}
