/** All checks of the doctor, in the order of the page that is made of them. To add one: its file, and its line here. */

import { apiAddress } from './checks/access/api-address.ts';
import { apiTokens } from './checks/access/api-tokens.ts';
import { dataFolder } from './checks/access/data-folder.ts';
import { secretsInFile } from './checks/access/secrets-in-file.ts';
import { memoryLimit } from './checks/host/memory-limit.ts';
import { nodeVersion } from './checks/host/node-version.ts';
import { openFiles } from './checks/host/open-files.ts';
import { entitySets } from './checks/origins/entities.ts';
import { sourceGrace } from './checks/origins/grace.ts';
import { originsAnswer } from './checks/origins/origin.ts';
import { shrunkKeys } from './checks/origins/shrinks.ts';
import { processClocks } from './checks/processes/clocks.ts';
import { processConfigurations } from './checks/processes/configurations.ts';
import { processRoles } from './checks/processes/roles.ts';
import { processVersions } from './checks/processes/versions.ts';
import { deadLettersCheck } from './checks/queue/dead-letters.ts';
import { failedJobs } from './checks/queue/failed-jobs.ts';
import { orphanLanesCheck } from './checks/queue/orphan-lanes.ts';
import { quarantineCheck } from './checks/queue/quarantine.ts';
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
import { scheduleCalendars } from './checks/schedules/calendars.ts';
import { schedulePaused } from './checks/schedules/paused.ts';
import { scheduleRan } from './checks/schedules/ran.ts';
import { scheduleRules } from './checks/schedules/rules.ts';
import { scheduleTimes } from './checks/schedules/times.ts';
import { scheduleZones } from './checks/schedules/zones.ts';
import { tierDiskAside } from './checks/tiers/disk-aside.ts';
import { tierDiskFile } from './checks/tiers/disk-file.ts';
import { tierDiskLog } from './checks/tiers/disk-log.ts';
import { tierDiskPlace } from './checks/tiers/disk-place.ts';
import { tierDiskSpace } from './checks/tiers/disk-space.ts';
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
  tierDiskSpace,
  tierDiskPlace,
  tierS3Writes,
  originsAnswer,
  entitySets,
  shrunkKeys,
  sourceGrace,
  temperatures,
  scheduleTimes,
  schedulePaused,
  scheduleRan,
  scheduleRules,
  scheduleCalendars,
  scheduleZones,
  processRoles,
  processVersions,
  processConfigurations,
  processClocks,
  deadLettersCheck,
  quarantineCheck,
  failedJobs,
  orphanLanesCheck,
  apiAddress,
  apiTokens,
  secretsInFile,
  dataFolder,
  nodeVersion,
  memoryLimit,
  openFiles,
];
