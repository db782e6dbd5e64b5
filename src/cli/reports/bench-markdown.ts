/** A bench report as a page of Markdown. */

import { count, counted } from '../../core/counted.ts';
import { formatSize } from '../../core/units.ts';
import { instantText } from '../../core/written-time.ts';
import type { BenchReport } from '../../verbs/maintenance/bench-report.ts';
import type { Timing } from '../../verbs/maintenance/timing.ts';

export function benchMarkdown(report: BenchReport): string {
  const { selector, at, keys, bytes, tiers, compression, origins } = report;
  const parts = [
    '# Forewarm bench',
    `${instantText(at)}: ${counted(keys, 'value')} of ${formatSize(bytes)} in all, ` +
      `${selector === '' ? 'everything configured' : `\`${selector}\``}. Times are those of one process, one call at a time, in ms.`,
    '## Tiers',
    table(['tier', 'call', 'calls', 'keys/s', 'p50', 'p95', 'p99'], tiers.flatMap(tierRows)),
    ...tiers.flatMap(({ tier, error }) => (error === null ? [] : [`Tier ${tier} failed: ${error}`])),
    ...tiers.flatMap(leftWords),
    '## Compression of these values',
    table(
      ['with', 'level', 'ratio', 'compress', 'decompress'],
      compression.map((row) => [
        ...[row.with, String(row.level), row.ratio.toFixed(2)],
        ...[`${formatSize(row.compressPerSecond)}/s`, `${formatSize(row.decompressPerSecond)}/s`],
      ]),
    ),
    '## Origin beside cache',
    origins.length === 0
      ? 'No origin was called.'
      : table(['source', 'origin', 'calls', 'p50', 'p99', 'cache'], origins.map(originRow)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function leftWords({ tier, left }: BenchReport['tiers'][number]): string[] {
  if (left === 0) return [];
  const [are, them] = left === 1 ? ['is', 'it'] : ['are', 'them'];
  const entries = counted(left, 'scratch entry', 'scratch entries');
  return [`In tier ${tier} ${entries} ${are} left, empty and gone: \`forewarm gc\` removes ${them}.`];
}

function tierRows(tier: BenchReport['tiers'][number]): string[][] {
  const rows: [string, Timing | null][] = [
    ['get 1', tier.get],
    ['get up to 100', tier.getMany],
    ['put 1', tier.put],
    ['put up to 100', tier.putMany],
  ];
  return rows.flatMap(([call, timing]) => (timing === null ? [] : [[tier.tier, call, ...cells(timing)]]));
}

function cells({ calls, keysPerSecond, p50, p95, p99 }: Timing): string[] {
  return [count(calls), count(keysPerSecond), ...[p50, p95, p99].map(ms)];
}

function originRow({
  source,
  origin,
  call,
  tier,
  timesFaster,
  error,
}: BenchReport['origins'][number]): string[] {
  const faster = timesFaster === null ? '-' : `${tier} is ${count(timesFaster)} times faster`;
  if (call === null) return [source, origin, '0', '-', '-', error ?? '-'];
  return [source, origin, count(call.calls), ms(call.p50), ms(call.p99), error ?? faster];
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(3) : value.toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'Nothing was measured.';
  const line = (cellsOf: readonly string[]) =>
    `| ${cellsOf.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
