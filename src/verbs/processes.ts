/** The processes that live, as each told of itself. */
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import type { Clock } from '../core/clock.ts';
import type { LiveProcess, ProcessList } from './process-shapes.ts';
import { nameOf } from './runs/run-waits.ts';

export interface ProcessesDeps {
  readonly registry: Pick<Registry, 'processes'>;
  readonly clock: Clock;
}

/** A process reports every four seconds: one that was silent for longer missed two reports, in ms. */
export const LATE_AFTER_MS = 9_000;

export async function listProcesses({ registry, clock }: ProcessesDeps): Promise<ProcessList> {
  const at = clock.now();
  const beats = await registry.processes(at);
  const processes = beats.toSorted((a, b) => a.startedAt - b.startedAt).map((beat) => viewOf(beat, at));
  return { at, processes };
}

function viewOf(beat: ProcessBeat, now: number): LiveProcess {
  const { id, roles, host, pid, startedAt, seenAt, knows, memory, behind, log, state } = beat;
  return {
    ...{ id, name: nameOf(id, [beat]) ?? id, roles: [...roles], host, pid, startedAt, seenAt },
    version: knows?.version ?? null,
    configuration: knows?.configuration ?? null,
    health: healthOf(beat, now),
    reasons: (state?.stuck ?? []).map(({ name, reason }) => reason ?? name),
    lanes: Object.entries(state?.lanes ?? {}).map(([lane, active]) => ({ lane, active })),
    memory: memory ?? null,
    clockBehind: behind ?? null,
    logLevel: log?.level ?? null,
  };
}

function healthOf({ state, seenAt }: ProcessBeat, now: number): LiveProcess['health'] {
  if (now - seenAt > LATE_AFTER_MS) return 'late';
  if (state === undefined) return 'untold';
  return state.phase === 'working' && state.stuck.length > 0 ? 'stuck' : state.phase;
}
