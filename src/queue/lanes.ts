/** The lanes of an installation: those of the configuration, and orphans, whose origin is configured here no more and that still hold jobs. */
import { CONTROL_LANE, type LaneCounts, type Queue } from './queue.ts';

/** A lane, and what it holds. */
export interface LaneState extends LaneCounts {
  readonly lane: string;
  /** Whether workers of this configuration take its jobs. */
  readonly isConfigured: boolean;
}

type Lanes = Pick<Queue, 'counts' | 'lanes'>;

/** Orphans that are looked at: each look at one is a call. */
const MOST_ORPHANS = 100;

/** In which workers take jobs that are configured with these origins: `control` first. */
export function configuredLanes(origins: Iterable<string>): string[] {
  return [...new Set([CONTROL_LANE, ...origins])];
}

/** All lanes: the configured ones, and orphans. */
export async function lanesWithOrphans(
  queue: Lanes,
  origins: ReadonlyMap<string, unknown>,
): Promise<LaneState[]> {
  const configured = configuredLanes(origins.keys());
  const [own, orphans] = await Promise.all([
    Promise.all(configured.map((lane) => stateOf(queue, lane, true))),
    orphanLanes(queue, configured),
  ]);
  return [...own, ...orphans];
}

/** Lanes other than these that hold anything, by name. Nobody of this configuration takes their jobs. */
export async function orphanLanes(queue: Lanes, configured: readonly string[]): Promise<LaneState[]> {
  const others = (await queue.lanes()).filter((lane) => !configured.includes(lane)).toSorted();
  const states = await Promise.all(others.slice(0, MOST_ORPHANS).map((lane) => stateOf(queue, lane, false)));
  return states.filter((state) => jobsIn(state) + state.failed > 0);
}

/** Those that are yet to be done, whoever has them in hand. */
export function jobsIn({ waiting, delayed, active }: LaneCounts): number {
  return waiting + delayed + active;
}

async function stateOf(queue: Lanes, lane: string, isConfigured: boolean): Promise<LaneState> {
  return { lane, isConfigured, ...(await queue.counts(lane)) };
}
