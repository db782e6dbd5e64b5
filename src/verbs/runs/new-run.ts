/** Making a run of what is asked for, or finding the one that has its id. */
import { randomBytes } from 'node:crypto';
import type { KeyLists, KeyPage } from '../../catalog/runs/key-lists.ts';
import type { Run } from '../../catalog/runs/runs.ts';
import { noteOf } from '../../core/asker.ts';
import { currentActor } from '../../flow/actor.ts';
import { createRun, type RunLifeDeps } from '../../jobs/run-life.ts';
import { readSelector } from '../long-selector.ts';
import { type Cause, LIBRARY } from '../shapes.ts';
import { describeNamed, type NamedPagesDeps, namedPages } from './named-pages.ts';
import { selectorOfRun } from './run-selector.ts';
import type { CheckedWarm } from './warm-request.ts';

export interface RunRequestDeps extends RunLifeDeps, NamedPagesDeps {
  readonly lists: KeyLists;
}

interface MadeRun {
  readonly run: Run;
  /** False where it was there already. */
  readonly created: boolean;
}

export async function makeRun(deps: RunRequestDeps, request: CheckedWarm, cause: Cause): Promise<MadeRun> {
  const now = deps.clock.now();
  const { force, missing, limit = 0, deadline, keep, acceptAbsent } = request;
  const deadlineAt = deadline === undefined ? 0 : now + deadline;
  const id = request.id ?? newRunId(now);
  const existing = request.id === undefined ? undefined : await deps.runs.get(id);
  const pages = await namedPages(deps, request);
  if (existing !== undefined) return { run: existing, created: false };
  const options = { force, missing, limit, deadlineAt, acceptAbsent: acceptAbsent === true };
  const note = noteOf({ by: asker(), why: request.why ?? '' });
  const rest = {
    id,
    keep,
    cause,
    schedule: undefined,
    nominal: undefined,
    options,
    plan: request.plan,
    note,
  };
  if (pages !== undefined)
    return createNamed(deps, { ...rest, selector: describeNamed(request, pages) }, pages);
  const selector = selectorOfRun(await readSelector(request.selector));
  return createRun(deps, { ...rest, selector, named: undefined });
}

/** The list is there before the run is, and stays only with it. */
async function createNamed(
  deps: RunRequestDeps,
  spec: Omit<Parameters<typeof createRun>[1], 'named'>,
  pages: readonly KeyPage[],
): Promise<MadeRun> {
  const { lists } = deps;
  const list = randomBytes(6).toString('hex');
  const keys = pages.reduce((sum, page) => sum + page.keys.length, 0);
  const sources = [...new Set(pages.map(({ source }) => source))];
  await lists.write(spec.id, list, pages);
  const made = await createRun(deps, { ...spec, named: { list, pages: pages.length, keys, sources } });
  if (made.created) await lists.keep(spec.id, list);
  else await lists.forget(spec.id, list);
  return made;
}

/** Who asks, for people. */
export function asker(): string {
  return currentActor()?.who ?? LIBRARY;
}

/** Sorts by time, and shows people when it was made: `20261120-193000-a1b2c3`. */
function newRunId(now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${time}-${randomBytes(3).toString('hex')}`;
}
