/** Which tiers fail for this process, by what its reader says of itself. */
import type { Connection } from 'forewarm';
import { mono } from './mono.ts';

type Verb = 'get' | 'put';

export class Troubles {
  /** By verb and tier, when a call failed the last time. */
  readonly #failed = new Map<string, number>();
  /** By verb and tier, calls that are passed over, or were until then. */
  readonly #passedOver = new Map<string, number>();

  constructor(reader: Pick<Connection, 'on'>) {
    reader.on('tier:call', ({ tier, verb, ok }) => {
      if (!ok) this.#failed.set(`${verb} ${tier}`, mono());
    });
    reader.on('tier:breaker', ({ tier, of, state }) => {
      const call = `${of === 'reads' ? 'get' : 'put'} ${tier}`;
      this.#passedOver.set(call, state === 'closed' ? mono() : Number.POSITIVE_INFINITY);
    });
  }

  /** The tiers that failed at this at some time since `begin`, or were not asked. */
  since(begin: number, verb: Verb): string[] {
    const tiers = new Set<string>();
    for (const calls of [this.#failed, this.#passedOver])
      for (const [call, at] of calls) if (at >= begin && call.startsWith(verb)) tiers.add(call.slice(4));
    return [...tiers];
  }
}
