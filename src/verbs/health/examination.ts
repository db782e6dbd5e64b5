/** What the checks of one examination look at. Answers that several of them need are asked for once. */
import type { Ledger } from '../../budget/ledger.ts';
import type { DeadLetters } from '../../catalog/dead-letters.ts';
import type { EntitySets } from '../../catalog/entities/entities.ts';
import type { Probes } from '../../catalog/probes.ts';
import type { ProcessBeat, Registry } from '../../catalog/registry.ts';
import type { Shrinks } from '../../catalog/shrinks.ts';
import type { StateMark } from '../../catalog/state-mark.ts';
import type { Budget } from '../../core/budget.ts';
import type { Clock } from '../../core/clock.ts';
import type { Sources } from '../../core/sources.ts';
import type { Origin } from '../../origins/origin.ts';
import type { Queue } from '../../queue/queue.ts';
import type { RedisClients } from '../../redis/clients.ts';
import { infoField } from '../../redis/info.ts';
import { reply } from '../../redis/reply.ts';
import type { Calendars } from '../../schedules/calendars.ts';
import type { Schedule } from '../../schedules/fire.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import type { S3Tier } from '../../tiers/s3/s3-tier.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { ShrunkSourcesDeps } from '../../warming/shrunk-sources.ts';
import type { ScheduleView } from '../schedules/schedule-shapes.ts';
import { describeSchedules } from '../schedules/schedule-views.ts';

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

/** A token of the control API. */
export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly string[];
}

/** The part of the configuration that checks look at. */
export interface ConfigurationFacts {
  /** The file it was read from. */
  readonly file: string;
  /** The folder for what Forewarm keeps for itself. */
  readonly data: string;
  /** Paths of secrets that are written in the file itself. */
  readonly secretsInFile: readonly string[];
  readonly api: {
    readonly host: string;
    /** Whether that is more than this machine. */
    readonly isOpen: boolean;
    readonly tokens: readonly ApiToken[];
  };
  /** What these tiers may hold, in bytes; undefined of one that is off. */
  readonly memoryTier: number | undefined;
  readonly diskTier: number | undefined;
  /** The same in all processes that agree on what is warmed, from where, when, and how it is stored. */
  readonly digest: string;
}

/** What the file system says of the place of a file; bytes and numbers of files. `type`: of statfs(2). */
export interface FileSystemFacts {
  readonly type: number;
  readonly free: number;
  readonly all: number;
  readonly freeFiles: number;
  readonly files: number;
}

/** The host, or container, that the doctor runs on. */
export interface HostFacts {
  /** The version of Node. */
  readonly node: string;
  /** Where its time zones come from, for people. */
  readonly zoneData: string;
  /** Files and connections that this process may have open; undefined where the system does not say. */
  readonly openFiles: () => Promise<number | undefined>;
  /** What a process may use, in bytes. */
  readonly memoryLimit: () => number;
  readonly fileSystem: (path: string) => Promise<FileSystemFacts>;
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
  readonly configuration: ConfigurationFacts;
  readonly host: HostFacts;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly queue: Pick<Queue, 'counts' | 'lanes'>;
  readonly deadLetters: Pick<DeadLetters, 'total'>;
  readonly schedules: readonly Schedule[];
  /** Checks ask it for all schedules. */
  readonly ticks: Pick<TickStore, 'states'>;
  readonly calendars: Calendars;
  /** By how much the host's clock is behind that of the jobs Redis, in ms; undefined where that has not told its time. */
  readonly clockBehind: () => number | undefined;
  /** Where ttl, refresh-ahead and schedule cannot hold together. */
  readonly ageNotes: () => readonly { readonly path: string; readonly message: string }[];
}

export interface Examination extends DoctorDeps {
  /** Rejects with the reason where the jobs Redis does not answer: what needs it has no answer either. */
  readonly jobsReached: () => Promise<unknown>;
  /** A field of what the jobs Redis says of itself; empty where it has none of this name. */
  readonly jobsInfo: () => Promise<(field: string) => string>;
  /** The processes that live. */
  readonly beats: () => Promise<readonly ProcessBeat[]>;
  readonly scheduleViews: () => Promise<readonly ScheduleView[]>;
}

export function examinationOf(deps: DoctorDeps): Examination {
  const { clients, registry, clock, schedules } = deps;
  const states = once(() => deps.ticks.states(schedules.map(({ name }) => name)));
  const shared = { ...deps, ticks: { states } };
  return {
    ...shared,
    jobsReached: once(() => reply(clients.jobs.ping())),
    jobsInfo: once(async () => {
      const info = await reply(clients.jobs.info());
      return (field) => infoField(info, field);
    }),
    beats: once(() => registry.processes(clock.now())),
    scheduleViews: once(() => describeSchedules(shared, schedules)),
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
