import type { ProcessBeat } from '../../../../catalog/registry.ts';
import { someOf } from '../../../../core/counted.ts';

/** Hosts that are named of a kind. */
const NAMED = 5;

/** Processes in which something is the same. */
export interface ProcessKind {
  readonly kind: string;
  /** Where they run, as `host pid`. */
  readonly hosts: readonly string[];
}

/** The processes by what `of` says of each; those of which it says nothing are left out. The largest kind comes first. */
export function kindsOf(
  beats: readonly ProcessBeat[],
  of: (beat: ProcessBeat) => string | undefined,
): ProcessKind[] {
  return [...Map.groupBy(beats, of)]
    .flatMap(([kind, same]) =>
      kind === undefined ? [] : [{ kind, hosts: same.map(({ host, pid }) => `${host} ${pid}`) }],
    )
    .toSorted((a, b) => b.hosts.length - a.hosts.length);
}

/** `2 processes (a 1, b 2)`; of many only some are named. */
export function hostsText(hosts: readonly string[]): string {
  return `${hosts.length} ${hosts.length === 1 ? 'process' : 'processes'} (${someOf(hosts, NAMED)})`;
}
