/** All lines of the log: `docs/logs.md` is made of them, and `log-events.ts` writes them. */
import { keyLines } from './key-lines.ts';
import type { LogLine } from './line.ts';
import { originLines } from './origin-lines.ts';
import { processLines } from './process-lines.ts';
import { roleLines } from './role-lines.ts';
import { scheduleLines } from './schedule-lines.ts';
import { tierLines } from './tier-lines.ts';
import { workLines } from './work-lines.ts';

export const LINES: readonly LogLine[] = [
  ...workLines,
  ...scheduleLines,
  ...keyLines,
  ...originLines,
  ...tierLines,
  ...processLines,
  ...roleLines,
];
