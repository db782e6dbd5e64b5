/** All checks of the doctor, in the order of the page that is made of them. To add one: its file, and its line here. */
import { entitySets } from './checks/origins/entities.ts';
import { originsAnswer } from './checks/origins/origin.ts';
import { shrunkKeys } from './checks/origins/shrinks.ts';
import { processRoles } from './checks/processes/roles.ts';
import { redisAnswers } from './checks/redis/answers.ts';
import { redisClock } from './checks/redis/clock.ts';
import { redisConnections } from './checks/redis/connections.ts';
import { redisData } from './checks/redis/data.ts';
import { redisDurability } from './checks/redis/durability.ts';
import { redisEviction } from './checks/redis/eviction.ts';
import { redisLatency } from './checks/redis/latency.ts';
import { redisMemory } from './checks/redis/memory.ts';
import { redisPermissions } from './checks/redis/permissions.ts';
import { redisPersistence } from './checks/redis/persistence.ts';
import { redisRole } from './checks/redis/role.ts';
import { redisVersion } from './checks/redis/version.ts';
import { redisWrites } from './checks/redis/writes.ts';
import { temperatures } from './checks/schedules/ages.ts';
import { tierDiskAside } from './checks/tiers/disk-aside.ts';
import { tierDiskFile } from './checks/tiers/disk-file.ts';
import { tierDiskLog } from './checks/tiers/disk-log.ts';
import { tierRedisMemory } from './checks/tiers/redis-memory.ts';
import { tierRoundtrip } from './checks/tiers/roundtrip.ts';
import { tierS3Writes } from './checks/tiers/s3-writes.ts';
import type { DoctorCheck } from './doctor-check.ts';

export const CHECKS: readonly DoctorCheck[] = [
  redisAnswers,
  redisVersion,
  redisLatency,
  redisRole,
  redisEviction,
  redisDurability,
  redisPersistence,
  redisMemory,
  redisConnections,
  redisPermissions,
  redisWrites,
  redisData,
  redisClock,
  tierRoundtrip,
  tierRedisMemory,
  tierDiskFile,
  tierDiskLog,
  tierDiskAside,
  tierS3Writes,
  originsAnswer,
  entitySets,
  shrunkKeys,
  temperatures,
  processRoles,
];
