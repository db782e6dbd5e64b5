import type { Catalog } from '../catalog/catalog.ts';
import type { Registry } from '../catalog/registry.ts';
import { PLAIN_RUN } from '../catalog/runs/runs.ts';
import type { Mark, StateMark } from '../catalog/state-mark.ts';
import { NEVER } from '../core/never.ts';
import type { Counts } from '../core/outcome.ts';
import { settleBy } from '../flow/deadline.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Service } from '../flow/service.ts';
import { createRun, type RunLifeDeps } from '../jobs/run-life.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';

export interface StateKeeperDeps extends RunLifeDeps {
  readonly stateMark: StateMark;
  readonly catalog: Pick<Catalog, 'sources'>;
  readonly registry: Pick<Registry, 'counts'>;
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

type Evidence = Pick<StateKeeperDeps, 'catalog' | 'registry' | 'stack' | 'sources'>;

/** Pages of heads that are looked at in each tier: to count a bucket's objects takes hours. */
const PAGES = 20;

/**
 * Nothing is catalogued, and a tier that is not a process's own holds more values than the jobs Redis knows to have been fetched:
 * somebody kept them warm. What a read fetched before anything was warmed is counted there; probes and tombstones are no values.
 */
async function wasEmptied({ catalog, registry, stack, sources }: Evidence): Promise<boolean> {
  if ((await catalog.sources()).length > 0) return false;
  const names = [...sources.keys()];
  const counts = await registry.counts(names);
  const counted = new Map(names.map((name, i) => [name, stored(counts[i])]));
  const lasting = stack.tiers.filter(({ traits }) => traits.reach !== 'process');
  const looks = await Promise.allSettled(lasting.map((tier) => holdsMore(tier, counted)));
  return looks.some((look) => look.status === 'fulfilled' && look.value);
}

/** Values and absences that were fetched. */
function stored(counts: Counts | undefined): number {
  return counts === undefined ? 0 : counts.warmed + counts.absent;
}

async function holdsMore(tier: Tier, counted: ReadonlyMap<string, number>): Promise<boolean> {
  const left = new Map(counted);
  let pages = 0;
  for await (const heads of tier.scan('', NEVER)) {
    for (const { source, kind } of heads) {
      const rest = left.get(source);
      if (rest === undefined || kind === 'dropped') continue;
      if (rest === 0) return true;
      left.set(source, rest - 1);
    }
    pages += 1;
    if (pages === PAGES) return false;
  }
  return false;
}

const NOTHING_LOST = { lostAt: 0, run: '' } as const;

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
}
