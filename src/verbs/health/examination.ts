/** What the checks of one examination look at. Answers that several of them need are asked for once. */
import type { Ledger } from '../../budget/ledger.ts';
import type { EntitySets } from '../../catalog/entities/entities.ts';
import type { Probes } from '../../catalog/probes.ts';
import type { ProcessBeat, Registry } from '../../catalog/registry.ts';
import type { Shrinks } from '../../catalog/shrinks.ts';
import type { StateMark } from '../../catalog/state-mark.ts';
import type { Clock } from '../../core/clock.ts';
import type { Sources } from '../../core/sources.ts';
import type { Origin } from '../../origins/origin.ts';
import type { RedisClients } from '../../redis/clients.ts';
import { infoField } from '../../redis/info.ts';
import { reply } from '../../redis/reply.ts';
import type { S3Tier } from '../../tiers/s3/s3-tier.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { ShrunkSourcesDeps } from '../../warming/shrunk-sources.ts';

/** Where calls and probes are counted. */
export interface ProbeLimits {
  readonly ledger: Ledger;
  readonly probes: Probes;
}

export interface OriginCheckDeps extends ProbeLimits {
  /** Those of this process, while the jobs Redis is away. */
  readonly alone: ProbeLimits;
  /** Who paused an origin. */
  readonly registry: Pick<Registry, 'processes'>;
  readonly clock: Clock;
}

export interface EntitiesCheckDeps {
  readonly entities: EntitySets;
  readonly sources: Sources;
  readonly clock: Clock;
}

export interface ShrinkCheckDeps extends ShrunkSourcesDeps {
  readonly shrinks: Pick<Shrinks, 'noted' | 'lately'>;
}

export interface DoctorDeps extends OriginCheckDeps, EntitiesCheckDeps, ShrinkCheckDeps {
  readonly clients: Pick<RedisClients, 'jobs' | 'cache' | 'url' | 'isOne'>;
  /** What names of keys begin with: of records, and of entries. */
  readonly prefixes: { readonly records: string; readonly entries: string };
  readonly stack: Stack;
  /** Undefined without the tier `s3`. */
  readonly bucket: S3Tier | undefined;
  /** The file of the disk tier; undefined without that tier. */
  readonly diskFile: string | undefined;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly registry: Registry;
  readonly stateMark: StateMark;
  /** By how much the host's clock is behind that of the jobs Redis, in ms; undefined where that has not told its time. */
  readonly clockBehind: () => number | undefined;
  /** Where ttl, refresh-ahead and schedule cannot hold together. */
  readonly ageNotes: () => readonly { readonly path: string; readonly message: string }[];
}

export interface Examination extends DoctorDeps {
  /** A field of what the jobs Redis says of itself; empty where it has none of this name. */
  readonly jobsInfo: () => Promise<(field: string) => string>;
  /** The processes that live. */
  readonly beats: () => Promise<readonly ProcessBeat[]>;
}

export function examinationOf(deps: DoctorDeps): Examination {
  const { clients, registry, clock } = deps;
  return {
    ...deps,
    jobsInfo: once(async () => {
      const info = await reply(clients.jobs.info());
      return (field) => infoField(info, field);
    }),
    beats: once(() => registry.processes(clock.now())),
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
