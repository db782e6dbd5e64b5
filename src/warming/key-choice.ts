/**
 * Which keys of a task need a call to their origin. The warmer acts on it, and a plan counts it: both must say the same, so it is
 * decided here, and nothing is changed.
 */
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { Head } from '../core/entry.ts';
import { carriesTagsOf, type Params, type Source, tagsBeyondKey } from '../core/source.ts';
import { type Decision, decide, type WarmOptions, type WarmReason } from '../policy/decision.ts';

export interface KeyChoiceDeps {
  readonly catalog: Pick<Catalog, 'recall' | 'get'>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ChoiceTask {
  readonly source: Source;
  readonly keys: readonly string[];
  /** Where the one who asks knows more of them than keys can tell. */
  readonly params?: ReadonlyMap<string, Params>;
  readonly options: WarmOptions;
}

export interface KeyChoice {
  /** Of each key, in order. */
  readonly decisions: readonly Decision[];
  /** Why keys are left out that are in quarantine, by index. */
  readonly aside: ReadonlyMap<number, string>;
  /** Keys to fetch whose last attempt did not succeed; what a run that is forced does not ask about. */
  readonly failing: ReadonlySet<number>;
  /** What was looked up of params on the way, by index. */
  readonly looked: ReadonlyMap<number, Params>;
}

/** Why a key is wanted that is left out while it is in quarantine: a run does, unless it is forced; refreshes try them, seldom. */
const LEAVES_OUT: ReadonlySet<WarmReason> = new Set<WarmReason>(['run', 'missing']);

/** `newest`: of each key, the newest head that the backing tiers have. */
export async function chooseKeys(
  deps: KeyChoiceDeps,
  task: ChoiceTask,
  newest: readonly (Head | undefined)[],
): Promise<KeyChoice> {
  const now = deps.clock.now();
  const decided = task.keys.map((_, index) => decide(newest[index], now, task.options));
  const looked = await movedKeys(deps, task, newest, decided);
  const wanted = decided.map((decision, index): Decision => (looked.has(index) ? 'fetch' : decision));
  const { aside, failing } = await failuresOf(deps, task, wanted);
  const decisions = wanted.map((decision, index): Decision => (aside.has(index) ? 'excluded' : decision));
  return { decisions, aside, failing, looked };
}

/**
 * Values that are warm already, and lack a tag which their row gives them now: an invalidation by it would not find them, however
 * fresh they are. With the params that tell so, by index.
 */
async function movedKeys(
  deps: KeyChoiceDeps,
  task: ChoiceTask,
  newest: readonly (Head | undefined)[],
  decisions: readonly Decision[],
): Promise<ReadonlyMap<number, Params>> {
  const { source, keys } = task;
  if (!tagsBeyondKey(source)) return new Map();
  const values = keys.flatMap((key, index) => {
    const head = newest[index];
    return head?.kind === 'value' && decisions[index] === 'already-warm' ? [{ index, key, head }] : [];
  });
  const params = await paramsOf(deps, task, values);
  const known = values.map(({ index, head }, i) => ({ index, head, params: params[i] ?? {} }));
  const moved = known.filter(({ head, params: of }) => !carriesTagsOf(source, of, head.tags));
  return new Map(moved.map(({ index, params: of }) => [index, of]));
}

async function failuresOf(
  { catalog }: KeyChoiceDeps,
  { source, keys, options }: ChoiceTask,
  decisions: readonly Decision[],
): Promise<Pick<KeyChoice, 'aside' | 'failing'>> {
  const indexes = [...decisions.keys()].filter((index) => decisions[index] === 'fetch');
  if (indexes.length === 0 || !LEAVES_OUT.has(options.reason))
    return { aside: new Map(), failing: new Set() };
  const records = await catalog.get(
    source.name,
    indexes.map((index) => keys[index] ?? ''),
  );
  const aside = new Map<number, string>();
  const failing = new Set<number>();
  for (const [i, index] of indexes.entries()) {
    const failure = records[i]?.failure;
    if (failure?.quarantined === true) aside.set(index, `in quarantine: ${failure.reason}`);
    else if (failure !== undefined) failing.add(index);
  }
  return { aside, failing };
}

/** All that is known of the params of these keys, the latest last. */
export async function paramsOf(
  { catalog }: Pick<KeyChoiceDeps, 'catalog'>,
  { source, params: known }: Pick<ChoiceTask, 'source' | 'params'>,
  asked: readonly { readonly key: string; readonly head: Head | undefined }[],
): Promise<Params[]> {
  if (asked.length === 0) return [];
  const recalled = await catalog.recall(
    source.name,
    asked.map(({ key }) => key),
  );
  return asked.map(({ key, head }, i) => {
    const inKey = source.key.match(key)?.params;
    return { ...inKey, ...head?.params, ...recalled[i], ...known?.get(key) };
  });
}
