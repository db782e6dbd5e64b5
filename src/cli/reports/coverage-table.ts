import { count, countedWith } from '../../core/counted.ts';
import { shrinkWords } from '../../core/shrunk-source.ts';
import { formatSize, HOUR_MS, roundDuration } from '../../core/units.ts';
import type { CoverageReport, SourceCoverage } from '../../verbs/coverage-shapes.ts';
import { share } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

type TierRow = CoverageReport['tiers'][number];

/** Memory belongs to a process; every other tier is shared, and decides whether a key is warm. */
export function isShared(tier: string): boolean {
  return tier !== 'memory' && !tier.startsWith('memory ') && !tier.startsWith('memory@');
}

const warmOf = ({ fresh, due }: TierRow) => fresh + due;

/** Whether every key is warm in every shared tier that answered, all of them did, and all keys are known. */
export function isComplete(report: CoverageReport): boolean {
  const shared = report.tiers.filter(({ tier }) => isShared(tier));
  const isWhole = report.unread.length + report.unanswered.length + report.shrunk.length === 0;
  return isWhole && shared.every((row) => row.error === null && warmOf(row) === row.total);
}

/** Whether all that was asked answered. */
export function isAnswered({ tiers, unread, unanswered }: CoverageReport): boolean {
  return unread.length === 0 && unanswered.length === 0 && tiers.every(({ error }) => error === null);
}

/** Whether a shared tier that answered lacks something. */
export function lacks({ tiers }: CoverageReport): boolean {
  return tiers.some((row) => isShared(row.tier) && row.missing + row.stale > 0);
}

const COLUMNS: readonly Column<TierRow>[] = [
  { head: 'tier', cell: (row) => row.tier },
  {
    head: 'warm',
    cell: (row) => (row.error === null ? share(warmOf(row), row.total) : 'no answer'),
    align: 'right',
    tint: (row) => (row.error === null ? (warmOf(row) === row.total ? 'green' : 'yellow') : 'red'),
  },
  ...(['total', 'fresh', 'due', 'stale', 'missing'] as const).map(
    (name): Column<TierRow> => ({ head: name, cell: (row) => count(row[name]), align: 'right' }),
  ),
  { head: 'bytes', cell: (row) => formatSize(row.bytes), align: 'right' },
];

/** How much of what is found is no value but an absence: warm as well, and nothing to serve. */
const ABSENT: Column<TierRow> = {
  head: 'absent',
  cell: (row) => count(row.absent),
  align: 'right',
  tint: () => 'yellow',
};

/** Keys that no entity set names any more, and that are not known to be meant so. */
const UNLISTED: Column<TierRow> = {
  head: 'in no set',
  cell: (row) => count(row.unlisted),
  align: 'right',
  tint: () => 'yellow',
};

/** One line per tier, and why a tier did not answer. */
export function showTierCoverage(out: Output, report: CoverageReport): void {
  const columns = [...COLUMNS];
  if (report.tiers.some(({ absent }) => absent > 0)) columns.push(ABSENT);
  if (report.tiers.some(({ unlisted }) => unlisted > 0)) columns.push(UNLISTED);
  out.table(columns, report.tiers);
  for (const { tier, error } of report.tiers) {
    if (error !== null) out.line(out.paint('red', `  ${tier}: ${printable(error)}`));
  }
  showUnread(out, report);
  for (const line of report.unanswered) out.line(out.paint('yellow', `  ${printable(line)}`));
  showShrunk(out, report);
}

/** A line for each source of which many keys are in no entity set any more. */
export function showShrunk(out: Output, { shrunk }: Pick<CoverageReport, 'shrunk'>): void {
  for (const each of shrunk) out.line(out.paint('yellow', `  ${printable(shrinkWords(each))}`));
}

/** What to do about it. */
export function stepsOfShrunk(me: string, { shrunk }: Pick<CoverageReport, 'shrunk'>): [string, string][] {
  if (shrunk.length === 0) return [];
  return [
    [`${me} doctor`, 'what the sets have now; mend what came short'],
    [`${me} gc`, 'or, if it is meant so: now, and again in ten minutes'],
  ];
}

/** A line for each entity set that a run or a report does without. */
export function showUnread(out: Output, { unread }: Pick<CoverageReport, 'unread'>): void {
  for (const { entities, reason } of unread)
    out.line(out.paint('yellow', `  entity set "${printable(entities)}" is left out: ${printable(reason)}`));
}

/** Tiers, sources, what is missing and why. */
export function showCoverage(out: Output, report: CoverageReport): void {
  showTierCoverage(out, report);
  out.line();
  showSources(out, report);
  for (const { source, keys } of report.outlived) {
    const are = countedWith(keys, 'value', ['is', 'are']);
    out.line(
      out.paint(
        'yellow',
        `  ${source}: ${are} older than its ttl is now: stored under a longer one, or set with one of their own`,
      ),
    );
  }
  for (const { tier, missing, missingSamples } of report.tiers) {
    if (missingSamples.length === 0) continue;
    out.line();
    out.line(`missing in ${tier} (${count(missing)})`);
    for (const key of missingSamples) out.line(`  ${printable(key)}`);
  }
  showReasons(out, report);
}

/** What a tier did not say is not taken for cold. */
function warmShare({ warm, unknown, total }: SourceCoverage): string {
  if (unknown === 0) return share(warm, total);
  return warm === 0 ? 'not known' : `${share(warm, total)} or more`;
}

const SOURCES: readonly Column<SourceCoverage>[] = [
  { head: 'source', cell: (row) => row.source },
  { head: 'warm', cell: warmShare, align: 'right' },
  { head: 'keys', cell: (row) => count(row.total), align: 'right' },
];
/** Of what readers asked for: a source may be warm in all that nobody reads. */
const READS: readonly Column<SourceCoverage>[] = [
  {
    head: 'warm reads',
    cell: ({ reads }) => (reads === null ? '-' : share(reads.warm, reads.all)),
    align: 'right',
  },
  { head: 'reads', cell: ({ reads }) => (reads === null ? '-' : count(reads.all)), align: 'right' },
];

function showSources(out: Output, { sources, reads }: CoverageReport): void {
  out.table(reads === null ? SOURCES : [...SOURCES, ...READS], sources);
  if (reads === null) return;
  const warm = `${share(reads.warm, reads.all)} of about ${count(reads.all)} reads in ${spanOf(reads.overMs)}`;
  out.line(`  by what is read: ${warm} were of keys that are warm now (readers report samples)`);
}

/** Reads may be reported for less than the hour that they are counted over. */
function spanOf(overMs: number): string {
  if (overMs <= 0) return 'a moment, as far as is known';
  return overMs >= HOUR_MS ? 'the last hour' : `the ${roundDuration(overMs)} of which they were reported`;
}

function showReasons(out: Output, { reasons, cold }: CoverageReport): void {
  if (reasons.length > 0) {
    out.line();
    out.line('why keys are not warm');
    for (const { reason, keys } of reasons) out.line(`  ${count(keys)} × ${printable(reason)}`);
  }
  if (cold.length === 0) return;
  out.line();
  out.line('cold, such as');
  for (const { key, reason } of cold) {
    out.line(`  ${printable(key)}`);
    out.line(`    ${printable(reason)}`);
  }
}

/** What was demanded and is not so, with the source that misses it. */
export function showVerdict(out: Output, { verdict }: CoverageReport): void {
  if (verdict === null) return;
  out.line();
  if (verdict.met) out.line(out.paint('green', 'what was demanded is reached'));
  for (const { of, message } of verdict.misses) {
    const isOpen = of === 'known';
    out.line(
      out.paint(isOpen ? 'yellow' : 'red', `${isOpen ? 'not known' : 'not reached'}: ${printable(message)}`),
    );
  }
}
