/** What a process says of itself. */
import { keptCounter, keptHistogram, measuredGauge, split } from './metric.ts';

const PROCESS = { by: ['role'], group: 'process' } as const;

export const PROCESS_METRICS = [
  measuredGauge('forewarm_build_info', 'processes', 'The version and the roles of a process; always 1.', {
    ...{ by: ['version', 'role'], group: 'build', as: 'processes', combine: 'sum' },
  }),
  measuredGauge(
    'forewarm_process_start_timestamp_seconds',
    'msSinceEpoch',
    'When the process started; of several the latest.',
    { ...PROCESS, as: 'started', combine: 'max' },
  ),
  measuredGauge('forewarm_process_memory_bytes', 'bytes', 'Memory of the process.', {
    ...{ ...PROCESS, combine: 'sum' },
    as: split('area', {
      resident: ['resident', 'All that the operating system counts for it.'],
      heap: ['heap', 'Objects of JavaScript.'],
      external: ['external', 'Buffers and other memory outside of that heap.'],
    }),
  }),
  keptCounter(
    'forewarm_process_cpu_seconds_total',
    'ms',
    'Processor time that the process has used since it started.',
    {
      ...{ ...PROCESS, as: 'cpu' },
    },
  ),
  keptHistogram(
    'forewarm_event_loop_delay_seconds',
    'By how much a timer that fires ten times a second was late: how long everything in the process waited for its turn.',
    { by: ['role'], group: 'delays' },
  ),
  measuredGauge('forewarm_memory_tier_bytes', 'bytes', 'What the memory tier of a process holds.', {
    ...{ by: ['tier'], group: 'memory', as: 'bytes', combine: 'sum' },
  }),
  measuredGauge(
    'forewarm_memory_tier_entries',
    'entries',
    'How many entries the memory tier of a process holds.',
    {
      ...{ by: ['tier'], group: 'memory', as: 'entries', combine: 'sum' },
    },
  ),
  measuredGauge(
    'forewarm_host_tier_bytes',
    'bytes',
    'What a tier holds that only the processes of a host share, such as the disk; of several hosts the most.',
    { by: ['tier'], group: 'hostTiers', as: 'bytes', combine: 'max' },
  ),
  measuredGauge('forewarm_host_tier_entries', 'entries', 'How many entries such a tier holds.', {
    ...{ by: ['tier'], group: 'hostTiers', as: 'entries', combine: 'max' },
  }),
] as const;
