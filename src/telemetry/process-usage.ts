import type { StatisticsRow } from '../core/metrics/statistics.ts';
import type { Measurements } from './measurements.ts';

/** What the operating system and the engine say of this process. */
export interface ProcessUsage {
  /** In bytes. */
  memory(): { readonly rss: number; readonly heapUsed: number; readonly external: number };
  /** In microseconds, since it started. */
  cpu(): { readonly user: number; readonly system: number };
}

export interface ProcessUsageDeps {
  readonly usage: ProcessUsage;
  /** As the label says. */
  readonly role: string;
  readonly version: string;
  /** In ms since the epoch. */
  readonly startedAt: number;
}

/** Measures the process at each snapshot. */
export function provideProcess(
  measurements: Measurements,
  { usage, role, version, startedAt }: ProcessUsageDeps,
): void {
  measurements.provide('build', () => [{ version, role, processes: 1 }]);
  measurements.provide('process', (): StatisticsRow<'process'>[] => {
    const { rss, heapUsed, external } = usage.memory();
    const { user, system } = usage.cpu();
    // In whole ms: what is counted is a whole number.
    const cpu = Math.round((user + system) / 1_000);
    return [{ role, started: startedAt, resident: rss, heap: heapUsed, external, cpu }];
  });
}
