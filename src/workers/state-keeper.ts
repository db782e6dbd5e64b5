import type { Catalog } from '../catalog/catalog.ts';
import { PLAIN_RUN } from '../catalog/runs/runs.ts';
import type { Mark, StateMark } from '../catalog/state-mark.ts';
import { NEVER } from '../core/never.ts';
import { settleBy } from '../flow/deadline.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Service } from '../flow/service.ts';
import { createRun, type RunLifeDeps } from '../jobs/run-life.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';

export interface StateKeeperDeps extends RunLifeDeps {
  readonly stateMark: StateMark;
  readonly catalog: Pick<Catalog, 'sources'>;
  readonly stack: Pick<Stack, 'tiers'>;
  /** Makes the name of a mark. */
  readonly newId: () => string;
  /** How often it looks, in ms. */
  readonly every: number;
}

/**
 * Notices that the jobs Redis lost what was kept there: then nothing would be refreshed any more. Says so, and has a run warm
 * again what the configuration wants; what is still fresh in a tier is only catalogued anew. Of several schedulers that notice,
 * each names the same run.
 */
export class StateKeeper implements Service {
  readonly name = 'state-keeper';
  readonly #deps: StateKeeperDeps;
  readonly #repeat: Repeat;
  #first: Promise<void> = Promise.resolve();
  #known: Mark | undefined;

  constructor(deps: StateKeeperDeps) {
    this.#deps = deps;
    const { clock, every } = deps;
    this.#repeat = new Repeat({ clock, every, work: () => this.look(), onError: this.#problem });
  }

  /** Looks at once, and does not wait for what it sees. */
  async start(): Promise<void> {
    this.#first = this.look().catch(this.#problem);
    this.#repeat.start();
  }

  async stop(deadline: number): Promise<void> {
    await Promise.all([this.#repeat.stop(deadline), settleBy(this.#deps.clock, deadline, this.#first)]);
  }

  readonly #problem = (error: unknown) => this.#deps.events.emit('problem', { where: this.name, error });

  async look(): Promise<void> {
    const { stateMark, newId } = this.#deps;
    const mark = await stateMark.read();
    if (mark !== undefined) {
      this.#known = mark;
      return;
    }
    const before = this.#known?.id ?? ((await wasEmptied(this.#deps)) ? 'start' : undefined);
    const lost = before === undefined ? NOTHING_LOST : await this.#rebuild(before);
    this.#known = await stateMark.set({ id: newId(), ...lost });
  }

  /** The run is there before the mark is: a scheduler that dies in between leaves it to the next look of any. */
  async #rebuild(before: string): Promise<Omit<Mark, 'id'>> {
    const { clock, events, entities } = this.#deps;
    const lostAt = clock.now();
    const run = entities.names().length === 0 ? '' : `rebuild-${before}-${dayOf(lostAt)}`;
    events.emit('state:lost', { run });
    if (run !== '') {
      await createRun(this.#deps, {
        ...{ id: run, selector: '', cause: 'start', schedule: undefined, nominal: undefined },
        ...{ named: undefined, keep: undefined, options: PLAIN_RUN },
      });
    }
    return { lostAt, run };
  }
}

/** Nothing is catalogued, and a tier that is not a process's own holds values: somebody kept them warm. */
async function wasEmptied({ catalog, stack }: Pick<StateKeeperDeps, 'catalog' | 'stack'>): Promise<boolean> {
  if ((await catalog.sources()).length > 0) return false;
  const lasting = stack.tiers.filter(({ traits }) => traits.reach !== 'process');
  const looks = await Promise.allSettled(lasting.map(hasEntries));
  return looks.some((look) => look.status === 'fulfilled' && look.value);
}

/** The first page is enough: to count a bucket's objects takes hours. */
async function hasEntries(tier: Tier): Promise<boolean> {
  for await (const heads of tier.scan('', NEVER)) if (heads.length > 0) return true;
  return false;
}

const NOTHING_LOST = { lostAt: 0, run: '' } as const;

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
}
