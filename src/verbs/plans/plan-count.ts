/** Counts the keys of a plan: those of its selector, or those that are named. */
import type { KeyPage } from '../../catalog/runs/key-lists.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { selectsSource } from '../../core/selector/selector-grammar.ts';
import type { ShrunkSource } from '../../core/shrunk-source.ts';
import { reasonOfRun } from '../../policy/decision.ts';
import { KeyCount, type KeyCountDeps } from '../../warming/planning/key-count.ts';
import type { SelectedKeys } from '../../warming/selected-keys.ts';
import { type ShrunkSourcesDeps, shrunkSources } from '../../warming/shrunk-sources.ts';
import { throwFirst, type UnreadSets } from '../../warming/unread-sets.ts';
import { readSelector } from '../long-selector.ts';
import type { MaintenanceWatch } from '../maintenance/watch.ts';
import { describeNamed, type NamedPagesDeps, namedPages } from '../runs/named-pages.ts';
import type { CheckedPlan } from './plan-request.ts';
import type { PlanReport } from './plan-shapes.ts';
import type { PlanSubject } from './plan-subject.ts';
import type { Unanswered } from './unanswered.ts';

export interface PlanCountDeps
  extends Omit<KeyCountDeps, 'startsAt' | 'options' | 'exact' | 'silence' | 'catalog'>,
    ShrunkSourcesDeps,
    Omit<NamedPagesDeps, 'selection'> {}

/** Keys that are all looked up, over all sources that are selected; and of each, however many these are. */
const EXACT = 100_000;
const LEAST_EXACT = 1_000;

interface Counted {
  readonly count: KeyCount;
  readonly unread: PlanReport['unread'];
  /** How long counting took, in ms. */
  readonly ownMs: number;
  readonly shrunk: readonly ShrunkSource[];
  readonly selector: string;
}

export async function countKeys(
  deps: PlanCountDeps,
  request: CheckedPlan,
  { options, startsAt }: PlanSubject,
  unknown: Unanswered,
  { signal, onProgress }: MaintenanceWatch,
): Promise<Counted> {
  const began = deps.clock.elapsed();
  const pages = await namedPages(deps, request);
  const selector = await readSelector(request.selector);
  const unread: UnreadSets = pages === undefined ? await deps.selection.unread(selector, signal) : new Map();
  const wanted =
    pages === undefined ? deps.selection.expected(selector, signal, unread) : pagesOf(deps, pages);
  const exact = exactOf(deps, selector, pages);
  const choice = { reason: reasonOfRun(options), since: 0 };
  const count = new KeyCount({ ...deps, options: choice, startsAt, exact, silence: unknown.silence });
  let total = 0;
  for await (const page of wanted) {
    const keys = options.limit > 0 ? page.keys.slice(0, options.limit - total) : page.keys;
    total += keys.length;
    await count.add({ ...page, keys }, signal);
    onProgress(total);
    if (options.limit > 0 && total >= options.limit) break;
  }
  count.end();
  if (total === 0) throwFirst(unread);
  const ownMs = deps.clock.elapsed() - began;
  if (count.silence !== undefined) unknown.add('what the catalog knows of keys', count.silence);
  const given = new Map([...count.sources].map(([name, of]) => [name, of.total]));
  const find = () => shrunkSources(deps, selector, given, signal);
  const shrunk =
    pages === undefined && options.limit === 0 ? await unknown.ofJobs('which sources shrank', find) : [];
  return {
    ...{ count, ownMs, shrunk: shrunk ?? [] },
    unread: [...unread].map(([entities, { message: reason }]) => ({ entities, reason })),
    selector: pages === undefined ? request.selector : describeNamed(request, pages),
  };
}

function exactOf(
  { sources }: PlanCountDeps,
  selector: Selector,
  pages: readonly KeyPage[] | undefined,
): number {
  const selected =
    pages === undefined
      ? [...sources.values()].filter((source) => selectsSource(selector, source)).length
      : new Set(pages.map(({ source }) => source)).size;
  return Math.max(LEAST_EXACT, Math.floor(EXACT / Math.max(1, selected)));
}

async function* pagesOf({ sources }: PlanCountDeps, pages: readonly KeyPage[]): AsyncGenerator<SelectedKeys> {
  for (const page of pages) {
    const source = sources.get(page.source);
    if (source !== undefined) yield { ...page, source, unkeyed: 0 };
  }
}
