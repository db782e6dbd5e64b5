import { count } from '../../core/counted.ts';
import type { Explanation } from '../../verbs/explain/explanation-shapes.ts';
import { timesIn } from '../../verbs/explain/key-worth.ts';
import { ago, around, until } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { type Colour, printable } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';
import { headState, headTime, headVersion, showSilence, type TierRow } from './tier-heads.ts';

const COLOURS: Readonly<Record<Explanation['verdict'], Colour>> = {
  warm: 'green',
  cold: 'red',
  unknown: 'yellow',
};

/** The verdict with its reasons, where the key is, and what is known of its past and its use. */
export function showExplanation(out: Output, found: Explanation, now: number): void {
  const { key, verdict, why, delays } = found;
  out.line(`${out.paint('bold', printable(key))} is ${out.paint(COLOURS[verdict], verdict)}`);
  section(
    out,
    'why',
    why.map(({ sentence }) => sentence),
  );
  section(
    out,
    verdict === 'warm' ? 'what holds its next refresh back' : 'what holds it back',
    delays.map(({ sentence }) => sentence),
  );
  out.line();
  out.table(tiersAt(now), found.tiers);
  showSilence(out, found.tiers);
  out.line();
  out.facts(factsOf(found, now));
  section(
    out,
    'invalidations that hide what is stored',
    found.fences.map((fence) => fenceLine(fence, now)),
  );
  section(
    out,
    'last attempts that did not succeed',
    found.attempts.map((each) => attemptLine(each, now)),
  );
  section(
    out,
    'last runs that had it',
    found.runs.map((run) => runLine(run, now)),
  );
}

function section(out: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  out.line();
  out.line(title);
  for (const line of lines) out.line(`  ${printable(line)}`);
}

function factsOf(found: Explanation, now: number): [string, string][] {
  const { source, temperature, kept, next, schedules, worth, verdict, delays } = found;
  const held = verdict === 'warm' && delays.length > 0 ? ', but see above what holds it back' : '';
  const named = schedules.map(
    ({ name, nextAt, paused }) =>
      `${name} ${paused ? '(paused)' : nextAt === null ? '(never)' : until(nextAt, now)}`,
  );
  return [
    ['source', `${source} (${temperature})`],
    ['kept warm', kept.sentence],
    ['next due', `${next.until === null ? '' : `${around(next.until, now)}${held}. `}${next.sentence}`],
    ['schedules', named.join(', ')],
    ['tags', tagsOf(found)],
    ['read', readWords(found)],
    ['worth', worth.sentence],
    ['runs', found.runsAreAll === false ? 'some manifests are too long to be looked through' : ''],
  ];
}

function tagsOf({ tiers }: Explanation): string {
  return tiers.find(({ head }) => (head?.tags.length ?? 0) > 0)?.head?.tags.join(', ') ?? '';
}

function readWords({ reads, reported }: Explanation): string {
  if (reads === null || reported === null) return 'not known: the jobs Redis does not say';
  const { since, overMs, by } = reported;
  if (since === null) return 'not known: nobody reports reads of its source';
  return `${timesIn(reads, overMs)}, as ${by.length === 0 ? 'readers report' : `${by.slice(0, 3).join(', ')} ${by.length === 1 ? 'reports' : 'report'}`}`;
}

const fenceLine = ({ target, mode, at }: Explanation['fences'][number], now: number) =>
  `${target} (${mode}), ${ago(at, now)}`;

const attemptLine = ({ at, outcome, reason, run }: Explanation['attempts'][number], now: number) =>
  `${ago(at, now)}, ${run === null ? 'a refresh or a read' : `run ${run}`}: ${outcome}: ${reason}`;

function runLine({ run, schedule, outcome, endedAt }: Explanation['runs'][number], now: number): string {
  const of = schedule === null ? '' : ` (schedule ${schedule})`;
  return `${run}${of}: ${outcome ?? 'not ended yet'}${endedAt === null ? '' : `, ended ${ago(endedAt, now)}`}`;
}

function tiersAt(now: number): Column<TierRow>[] {
  return [
    { head: 'tier', cell: (row) => row.tier },
    {
      head: 'state',
      cell: headState,
      tint: ({ head }) => (head?.freshness === 'fresh' || head?.freshness === 'due' ? 'green' : 'yellow'),
    },
    { head: 'fetched', cell: headTime('checkedAt', now) },
    { head: 'stale', cell: headTime('staleAt', now) },
    { head: 'gone', cell: headTime('goneAt', now) },
    { head: 'bytes', cell: ({ head }) => (head === null ? '' : count(head.bodyBytes)), align: 'right' },
    { head: 'version', cell: headVersion, flexible: true },
  ];
}
