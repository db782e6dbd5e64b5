/** What the dashboard shows, row by row: the questions of operators, and the expressions that answer them. */
import type { PanelRow } from './panel.ts';
import { ORIGINS } from './rows/origins.ts';
import { PROCESSES } from './rows/processes.ts';
import { READS } from './rows/reads.ts';
import { TIERS } from './rows/tiers.ts';
import { WARMING } from './rows/warming.ts';
import { WARMTH } from './rows/warmth.ts';

/** Variables of the dashboard: the metric whose label gives their values. */
export const VARIABLES = {
  source: 'forewarm_reads_total',
  origin: 'forewarm_origin_calls_total',
  tier: 'forewarm_tier_calls_total',
} as const;

export const ROWS: readonly PanelRow[] = [WARMTH, READS, WARMING, ORIGINS, TIERS, PROCESSES];
