/** Lanes as bull-board takes them: each an adapter over BullMQ's own queue, which only looks and leaves nothing behind. */
import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { BullQueue } from './bullmq.ts';
import { lanesWithOrphans } from './lanes.ts';

export interface BoardLanesDeps {
  readonly queue: BullQueue;
  /** By name. */
  readonly budgets: ReadonlyMap<string, unknown>;
}

export class BoardLanes {
  readonly #deps: BoardLanesDeps;
  readonly #known = { readOnly: new Map<string, BaseAdapter>(), full: new Map<string, BaseAdapter>() };

  constructor(deps: BoardLanesDeps) {
    this.#deps = deps;
  }

  /** Of all lanes that there are now. Rejects with `E_REDIS_UNAVAILABLE`. */
  async adapters(isReadOnly: boolean): Promise<readonly BaseAdapter[]> {
    const { queue, budgets } = this.#deps;
    const known = isReadOnly ? this.#known.readOnly : this.#known.full;
    const lanes = await lanesWithOrphans(queue, budgets);
    return Promise.all(
      lanes.map(async ({ lane, isConfigured }) => {
        const before = known.get(lane);
        if (before !== undefined) return before;
        const description = isConfigured ? '' : 'Its origin is configured no more: nobody takes its jobs.';
        const options = { readOnlyMode: isReadOnly, description };
        const adapter = new BullMQAdapter(await queue.lookedAt(lane), options);
        known.set(lane, adapter);
        return adapter;
      }),
    );
  }
}
