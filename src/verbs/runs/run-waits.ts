/** What a run waits for that does not go on: nobody to work on it, an origin that is paused, a budget that others use up. */
import type { Ledger, LedgerState } from '../../budget/ledger.ts';
import type { WindowUse } from '../../budget/window-use.ts';
import type { ProcessBeat, Registry } from '../../catalog/registry.ts';
import type { Run } from '../../catalog/runs/runs.ts';
import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { roleOf } from '../../core/role.ts';
import type { Sources } from '../../core/sources.ts';
import { formatRate } from '../../core/units.ts';
import { type OrphanedChunks, type OrphanedChunksDeps, orphanedChunks } from './orphaned-chunks.ts';
import { reachesSource, reachOf } from './run-reach.ts';
import type { RunWait } from './run-shapes.ts';

export interface RunWaitsDeps extends OrphanedChunksDeps {
  readonly ledger: Pick<Ledger, 'state'>;
  readonly registry: Pick<Registry, 'processes'>;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Of each run, in order; nothing for one that has ended. Each origin is looked up once; what cannot be looked up is left out. */
export async function waitsOf(deps: RunWaitsDeps, runs: readonly Run[]): Promise<RunWait[][]> {
  if (runs.every(({ state }) => state === 'ended')) return runs.map(() => []);
  const { ledger, registry, sources, clock } = deps;
  const all = runs.map((run) => (run.state === 'ended' ? undefined : originsOf(sources, run)));
  const origins = [...new Set(all.flatMap((names) => names ?? []))];
  const [processes, orphans, ...states] = await Promise.all([
    registry.processes(clock.now()).catch(() => undefined),
    orphanedChunks(deps, runs).catch(() => []),
    ...origins.map((origin) => ledger.state(origin).catch(() => undefined)),
  ]);
  const stateOf = new Map(origins.map((origin, i) => [origin, states[i]]));
  return all.map((names, i) => {
    const own = names?.map((name) => stateOf.get(name));
    return own === undefined
      ? []
      : [...waitsFor(own, processes, clock.now()), ...(orphans[i] ?? []).map(laneWait)];
  });
}

function waitsFor(
  states: readonly (LedgerState | undefined)[],
  processes: readonly ProcessBeat[] | undefined,
  now: number,
): RunWait[] {
  const waits: RunWait[] = [];
  if (processes !== undefined && !processes.some(({ roles }) => roles.includes('worker'))) {
    const reason = 'no worker is running: start one with `forewarm worker`';
    waits.push({ for: 'worker', origin: null, until: null, reason, by: null });
  }
  return [...waits, ...states.flatMap((state) => originWaits(state, processes ?? [], now))];
}

function laneWait({ lane, jobs, isAll }: OrphanedChunks): RunWait {
  const found = `${counted(jobs, 'job')}${isAll ? '' : ' or more'} in lane ${lane}`;
  const reason = `${found}, whose origin is not configured here; workers queue them again where their sources have another one`;
  return { for: 'lane', origin: lane, until: null, reason, by: null };
}

/** What callers of an origin wait for. */
export function originWaits(
  state: LedgerState | undefined,
  processes: readonly ProcessBeat[],
  now: number,
): RunWait[] {
  if (state === undefined) return [];
  const { origin, pausedUntil, pauseReason, pausedBy, inFlight, limits, quota, windows } = state;
  if (pausedUntil > now) {
    const by = nameOf(pausedBy, processes);
    return [{ for: 'origin', origin, until: pausedUntil, reason: pauseReason, by }];
  }
  if (quota !== undefined && quota.left < 1 && quota.resetAt > now) {
    const reason = 'it said that nothing is left of its quota';
    return [{ for: 'quota', origin, until: quota.resetAt, reason, by: null }];
  }
  const window = windows.findLast(({ opensAt }) => (opensAt ?? 0) > now);
  if (window !== undefined) {
    return [{ for: 'budget', origin, until: window.opensAt ?? null, reason: usedUp(window), by: null }];
  }
  if (inFlight < limits.concurrency) return [];
  const reason = `its budget allows ${counted(limits.concurrency, 'call')} at a time, and as many are under way`;
  return [{ for: 'budget', origin, until: null, reason, by: null }];
}

function usedUp(window: WindowUse): string {
  const { used, calls, kept } = window;
  const rest = Math.min(kept, Math.max(0, calls - used));
  const left = rest === 0 ? '' : `; the other ${rest} are kept for reads that wait`;
  return `its window of ${formatRate(window)} is used up, with ${used} of ${counted(calls, 'call')}${left}`;
}

/** Null for one that is not known, such as one that has ended. */
export function nameOf(id: string, processes: readonly ProcessBeat[]): string | null {
  const found = processes.find((process) => process.id === id);
  if (found === undefined) return null;
  // One whose beat cannot be read says no roles, and is no command for that.
  return `${found.roles.length === 0 ? 'process' : roleOf(found.roles)} ${found.pid} on ${found.host}`;
}

function originsOf(sources: Sources, run: Run): string[] {
  const reach = reachOf(run);
  // What a run of another version waits for is that version's to say.
  if (reach.kind === 'unread') return [];
  const selected = [...sources.values()].filter((source) => reachesSource(reach, source));
  return [...new Set(selected.map(({ origin }) => origin))];
}
