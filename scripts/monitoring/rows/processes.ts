import { type PanelRow, RATE } from '../panel.ts';

export const PROCESSES: PanelRow = {
  title: 'Processes',
  panels: [
    {
      title: 'Processes that are scraped',
      description: 'By the service of the compose file.',
      unit: 'short',
      queries: [{ expr: 'sum by (service) (up{job="forewarm"})', legend: '{{service}}' }],
    },
    {
      title: 'Problems that nothing waited for',
      description: 'In an hour; the log of the process says what.',
      unit: 'short',
      queries: [
        { expr: 'sum by (instance) (increase(forewarm_problems_total[1h]))', legend: '{{instance}}' },
      ],
    },
    {
      title: 'Processor time',
      description: 'Seconds of it in each second. A process uses one processor at most, and a little more.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (service, instance) (rate(forewarm_process_cpu_seconds_total${RATE}))`,
          legend: '{{service}} {{instance}}',
        },
      ],
    },
    {
      title: 'Event loop, p99',
      description: 'How long everything in a process waits for its turn.',
      unit: 's',
      queries: [{ expr: 'forewarm:event_loop_delay_seconds:p99_5m', legend: '{{instance}}' }],
    },
    {
      title: 'Memory',
      description: 'What the operating system counts for each process; what its memory tier holds is in it.',
      unit: 'bytes',
      queries: [
        {
          expr: 'sum by (service, instance) (forewarm_process_memory_bytes{area="resident"})',
          legend: '{{service}} {{instance}}',
        },
        { expr: 'sum by (instance) (forewarm_memory_tier_bytes)', legend: '{{instance}}, memory tier' },
      ],
    },
    {
      title: 'Versions',
      description: 'Processes of each.',
      unit: 'short',
      queries: [{ expr: 'sum by (version) (forewarm_build_info)', legend: '{{version}}' }],
    },
  ],
};
