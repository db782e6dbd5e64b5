/** What is left to do for all processes, in as few questions as it takes: each process with a role asks every minute. */
import { lanesWithOrphans } from '../queue/lanes.ts';
import type { Parts } from './parts.ts';

export interface WorkLeft {
  /** Keys. */
  readonly due: number;
  /** Jobs of all lanes, also of those whose origin is configured no more. */
  readonly waiting: number;
}

export async function workLeft({
  catalog,
  queue,
  sources,
  budgets,
  clock,
}: Pick<Parts, 'catalog' | 'queue' | 'sources' | 'budgets' | 'clock'>): Promise<WorkLeft> {
  const now = clock.now();
  const [sizes, lanes] = await Promise.all([
    Promise.all([...sources.keys()].map((source) => catalog.size(source, now))),
    lanesWithOrphans(queue, budgets),
  ]);
  return {
    due: sizes.reduce((sum, { due }) => sum + due, 0),
    waiting: lanes.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}
