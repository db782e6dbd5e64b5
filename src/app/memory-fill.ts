/** Who fills the memory of a process that answers reads, where it has one. */
import { MemoryFill } from '../client/memory-fill.ts';
import type { Readiness } from '../core/health.ts';
import { abortable } from '../flow/abortable.ts';
import type { Settings } from '../settings/settings.ts';
import type { Verbs } from '../verbs/verbs.ts';
import type { Parts } from './parts.ts';

export function assembleMemoryFill(parts: Parts, { sourceTiers, tiers }: Settings): MemoryFill | undefined {
  const { memory, stack, popularity, clock, events } = parts;
  const { fill: options, maxSize } = tiers.memory;
  if (memory === undefined || options.keys === 0) return undefined;
  const keepsInMemory = (name: string) => sourceTiers.get(name)?.includes('memory') ?? true;
  const sources = new Map([...parts.sources].filter(([name]) => keepsInMemory(name)));
  return new MemoryFill({ stack, memory, popularity, sources, options, maxSize, clock, events });
}

/** What a process needs, and its memory. */
export function withMemory({ ready }: Pick<Verbs, 'ready'>, fill: MemoryFill | undefined) {
  return async (): Promise<Readiness> => {
    const found = await ready();
    return fill === undefined ? found : { ...found, needs: [...found.needs, fill.item()] };
  };
}

/** Resolves when memory is filled as far as its options ask; rejects with the signal's reason once that aborts. */
export async function filled(fill: MemoryFill | undefined, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (fill === undefined) return;
  await fill.start();
  await abortable(signal, fill.settled());
}
