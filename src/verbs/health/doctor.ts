/** The doctor's checks: what is wrong with the servers, files and origins of this installation, and what to do about it. */

import type { Registry } from '../../catalog/registry.ts';
import { recentLoss, type StateMark } from '../../catalog/state-mark.ts';
import { type Entry, NO_BODY } from '../../core/entry.ts';
import { messageOf } from '../../core/errors.ts';
import type { Origin } from '../../origins/origin.ts';
import type { RedisClients } from '../../redis/clients.ts';
import { infoField } from '../../redis/info.ts';
import { reply } from '../../redis/reply.ts';
import type { S3Tier } from '../../tiers/s3/s3-tier.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Tier } from '../../tiers/tier.ts';
import { ageChecks } from './age-check.ts';
import { clockCheck } from './clock-check.ts';
import { diskFileChecks } from './disk-file-checks.ts';
import { type DoctorCheck, error, inTime, ok, warning } from './doctor-check.ts';
import { entitiesCheck } from './entities-check.ts';
import { originCheck, type ProbeLimits } from './origin-check.ts';
import { permissionChecks } from './permission-check.ts';
import { cacheChecks } from './redis-memory-check.ts';
import { type ShrinkCheckDeps, shrinkChecks } from './shrink-check.ts';
import { writeChecks } from './write-check.ts';

export interface DoctorDeps extends ProbeLimits, ShrinkCheckDeps {
  /** The limits of this process, while the jobs Redis is away. */
  readonly alone: ProbeLimits;
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

export const PROBE_KEY = 'forewarm-doctor-probe';

export async function doctor(deps: DoctorDeps): Promise<DoctorCheck[]> {
  const { stack, bucket, diskFile, origins, entities } = deps;
  const groups = await Promise.all([
    redisChecks(deps),
    writeChecks(deps),
    permissionChecks(deps),
    Promise.all(stack.tiers.map((tier) => tierCheck(deps, tier))),
    cacheMemory(deps),
    bucket === undefined ? [] : bucketChecks(deps, bucket),
    diskFile === undefined ? [] : diskFileChecks(diskFile, deps.clock),
    Promise.all([...origins.values()].map((origin) => originInTime(deps, origin))),
    Promise.all(entities.names().map((name) => entitiesCheck(deps, name))),
    processChecks(deps),
    [clockCheck(deps.clockBehind())],
    ageChecks(deps.ageNotes()),
    stateChecks(deps),
    shrinkChecks(deps),
  ]);
  return groups.flat();
}

async function redisChecks({ clients, clock }: DoctorDeps): Promise<DoctorCheck[]> {
  const remedy = 'check redis.jobs, and that the server runs';
  try {
    const info = await inTime(clock, () => reply(clients.jobs.info()));
    return findingsOf(clients, (name) => infoField(info, name));
  } catch (failure) {
    return [error('redis', messageOf(failure), remedy)];
  }
}

function findingsOf({ url, isOne }: DoctorDeps['clients'], field: (name: string) => string): DoctorCheck[] {
  const version = field('valkey_version') || field('redis_version');
  const sharesBounded = isOne && Number(field('maxmemory')) > 0;
  return [
    ok('redis', `version ${version} at ${url}`),
    ...(field('role') === 'slave' ? [replica(field('master_host'))] : []),
    evictionCheck(field('maxmemory_policy')),
    durabilityCheck(field('aof_enabled') === '1'),
    ...(sharesBounded ? [sharedMemory(field('maxmemory_human'))] : []),
  ];
}

function replica(primary: string): DoctorCheck {
  const finding = `it is a replica of ${primary} and takes no writes`;
  return error('redis role', finding, 'name the server that takes writes in redis.jobs');
}

function evictionCheck(policy: string): DoctorCheck {
  if (policy === 'noeviction') return ok('redis eviction', policy);
  const remedy = 'set `maxmemory-policy noeviction` on the server of redis.jobs';
  return error('redis eviction', `maxmemory-policy is ${policy}: jobs and runs may vanish`, remedy);
}

function durabilityCheck(aof: boolean): DoctorCheck {
  if (aof) return ok('redis durability', 'append-only file is on');
  const finding = 'append-only file is off: a restart of Redis loses queued work';
  return warning('redis durability', finding, 'set `appendonly yes` on the server of redis.jobs');
}

function sharedMemory(bound: string): DoctorCheck {
  const remedy = 'give values a server of their own that may evict: redis.cache';
  return warning('redis memory', `jobs and values share a server that is bounded to ${bound}`, remedy);
}

/** A server that does not answer is reported by the check of its tier; one that holds jobs as well, by its own. */
async function cacheMemory({ stack, clients, clock }: DoctorDeps): Promise<DoctorCheck[]> {
  if (clients.isOne || !stack.tiers.some(({ name }) => name === 'redis')) return [];
  return inTime(clock, () => cacheChecks(clients.cache)).catch(() => []);
}

/** Writes a probe, reads it back, and hides it behind a tombstone that is gone in a minute. */
async function tierCheck({ clock }: DoctorDeps, tier: Tier): Promise<DoctorCheck> {
  const name = `tier ${tier.name}`;
  const began = clock.elapsed();
  try {
    const found = await inTime(clock, (signal) => throughTier(tier, clock.now(), signal));
    const remedy = 'check the space and the limits of this tier';
    if (found === undefined) return error(name, 'what was written cannot be read back', remedy);
    return ok(name, `written and read back in ${(clock.elapsed() - began).toFixed(1)} ms`);
  } catch (failure) {
    return error(name, messageOf(failure), 'reads go on from the other tiers; check this one');
  }
}

async function throughTier(tier: Tier, now: number, signal: AbortSignal): Promise<Entry | undefined> {
  const put = (entry: Entry) => tier.putMany([{ kind: 'put', entry }], signal);
  await put(probe('value', now));
  const [found] = await tier.getMany([PROBE_KEY], 'entry', signal);
  await put(probe('dropped', now + 1));
  return found;
}

/** Whether the newest value wins between two processes. A bucket that does not answer is reported by the check of its tier. */
async function bucketChecks({ clock }: DoctorDeps, bucket: S3Tier): Promise<DoctorCheck[]> {
  const compares = await inTime(clock, (signal) => bucket.compares(signal)).catch(() => undefined);
  if (compares === undefined) return [];
  if (compares) return [ok('tier s3 writes', 'the server compares before it writes')];
  const finding =
    'the server ignores If-Match: of two values that two processes write at once, the older may stay';
  return [warning('tier s3 writes', finding, 'use a server that keeps to it, such as AWS or MinIO')];
}

function probe(kind: 'value' | 'dropped', now: number): Entry {
  const times = { fetchedAt: now, checkedAt: now, dueAt: now, staleAt: now, goneAt: now + 60_000 };
  const head = {
    key: PROBE_KEY,
    source: 'doctor',
    kind,
    stamp: now * 1_000,
    format: 'raw',
    tags: [],
  } as const;
  return { head: { ...head, ...times, bodyBytes: 0, checksum: 0 }, body: NO_BODY };
}

async function originInTime(deps: DoctorDeps, origin: Origin): Promise<DoctorCheck> {
  const { name } = origin;
  const work = (signal: AbortSignal) => originCheck(deps, origin, signal);
  return inTime(deps.clock, work).catch((failure: unknown) =>
    error(`origin ${name}`, messageOf(failure), `check origins.${name}, and that it runs`),
  );
}

/** Nothing to say while nothing was lost, or the server does not answer, which is said elsewhere. */
async function stateChecks({ stateMark, clock }: DoctorDeps): Promise<DoctorCheck[]> {
  const mark = await inTime(clock, () => stateMark.read()).catch(() => undefined);
  const lostAt = recentLoss(mark, clock.now());
  if (mark === undefined || lostAt === undefined) return [];
  const at = new Date(lostAt).toISOString();
  const finding = `the jobs Redis lost what was kept there, as was noticed at ${at}; pauses of schedules and times to leave out, too, unless a scheduler that knew them lives`;
  const by = mark.run === '' ? '`forewarm warm` again what is to be kept' : `run ${mark.run} makes up for it`;
  return [
    warning(
      'redis data',
      finding,
      `${by}; pause again what \`forewarm schedules\` does not show as paused; set \`appendonly yes\`, and let nobody empty that server`,
    ),
  ];
}

async function processChecks({ registry, clock }: DoctorDeps): Promise<DoctorCheck[]> {
  const processes = await inTime(clock, () => registry.processes(clock.now())).catch(() => undefined);
  return ['worker', 'scheduler'].map((role) => {
    if (processes === undefined)
      return warning(role, 'not known: the Redis for jobs does not say', 'mend that first');
    const count = processes.filter(({ roles }) => roles.includes(role)).length;
    if (count > 0) return ok(role, `${count} running`);
    return warning(role, 'none is running', `start one: \`forewarm ${role}\`, or \`forewarm up\``);
  });
}
