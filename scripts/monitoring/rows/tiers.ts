import { type PanelRow, type Query, RATE } from '../panel.ts';

/** What tiers hold, of each kind as it is measured: once for all, for each host, or by each process for itself. */
function heldIn(what: 'bytes' | 'entries'): readonly Query[] {
  return [
    `max by (tier) (forewarm_tier_${what}{tier=~"$tier"})`,
    `max by (tier) (forewarm_host_tier_${what}{tier=~"$tier"})`,
    `sum by (tier) (forewarm_memory_tier_${what}{tier=~"$tier"})`,
  ].map((expr) => ({ expr, legend: '{{tier}}' }));
}

export const TIERS: PanelRow = {
  title: 'Tiers',
  panels: [
    {
      title: 'Evicted entries',
      description:
        'To make room. `never read`: warmed for nothing. More than 2 % of what is warmed, and the tier is too small.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (tier) (rate(forewarm_evicted_entries_total{tier=~"$tier"}${RATE}))`,
          legend: '{{tier}}',
        },
        {
          expr: `sum by (tier) (rate(forewarm_evicted_unread_entries_total{tier=~"$tier"}${RATE}))`,
          legend: '{{tier}}, never read',
        },
      ],
    },
    {
      title: 'Failing, lost and corrupt',
      description:
        'Open breakers now; entries in an hour that a tier lost as others were copied to it, or that cannot be read back.',
      unit: 'short',
      queries: [
        {
          expr: 'sum by (tier, of) (forewarm_open_breakers{tier=~"$tier"})',
          legend: '{{tier}} {{of}}: open breakers',
        },
        {
          expr: 'sum by (tier) (increase(forewarm_lost_entries_total{tier=~"$tier"}[1h]))',
          legend: '{{tier}}: lost',
        },
        {
          expr: 'sum by (tier) (increase(forewarm_corrupt_entries_total{tier=~"$tier"}[1h]))',
          legend: '{{tier}}: corrupt',
        },
      ],
    },
    {
      title: 'Stored bytes for each byte of a body',
      description: 'What compression and encryption make of bodies.',
      unit: 'percentunit',
      queries: [
        {
          expr:
            `sum by (tier) (rate(forewarm_coded_stored_bytes_total{tier=~"$tier"}${RATE})) / ` +
            `(sum by (tier) (rate(forewarm_coded_plain_bytes_total{tier=~"$tier"}${RATE})) > 0)`,
          legend: '{{tier}}',
        },
      ],
    },
    {
      title: 'Bytes',
      description:
        'What tiers hold: of Redis an estimate, of the disk that of the fullest host, of memory the sum of all processes.',
      unit: 'bytes',
      width: 12,
      queries: heldIn('bytes'),
    },
    {
      title: 'Entries',
      description: 'Of the same.',
      unit: 'short',
      width: 12,
      queries: heldIn('entries'),
    },
  ],
};
