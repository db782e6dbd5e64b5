import { InvalidArgumentError, Option } from 'commander';
import { sleep } from '../../core/clock.ts';
import { count } from '../../core/counted.ts';
import { isRedisAway } from '../../core/redis-away.ts';
import { formatDuration, formatSize, HOUR_MS } from '../../core/units.ts';
import type { StatsView } from '../../verbs/statistics-view.ts';
import { type Define, durationOption, explain } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { usersText } from '../reports/budget-users.ts';
import { changeLine, showStatistics } from '../reports/statistics-tables.ts';
import { ago, until, zonedTime } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { countsText } from '../terminal/progress.ts';

const EVERY_MS = 2_000;
/** Asking more often would be a load on Redis; in ms. */
const SHORTEST_MS = 100;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export const statsCommand: Define = (parent, act) => {
  const command = parent
    .command('stats')
    .description('show sources, tiers, origins, queues and processes as they are, and what they have done')
    .option(
      '--watch',
      'again and again until Ctrl-C: a display on a terminal, else a line of changes each time',
    )
    .addOption(
      new Option('--every <duration>', 'how often, with --watch')
        .argParser(interval)
        .default(EVERY_MS, formatDuration(EVERY_MS)),
    )
    .action((flags: Flags) => act((context) => stats(context, flags)));
  explain(command, {
    examples: [
      ['forewarm stats', 'once'],
      ['forewarm stats --watch --every 10s', 'as a display'],
      ['forewarm stats --json | jq ".lanes[].waiting"', 'for scripts'],
    ],
    exits: [EXIT.unavailable],
  });
};

interface Flags {
  readonly watch?: boolean;
  /** In ms. */
  readonly every: number;
}

function interval(text: string): number {
  const ms = durationOption(text);
  if (ms >= SHORTEST_MS) return ms;
  throw new InvalidArgumentError(`It must be at least ${SHORTEST_MS}ms.`);
}

async function stats(context: Context, flags: Flags): Promise<ExitCode> {
  return withApp(context, {}, async ({ verbs }) => {
    if (flags.watch === true) return watchStats(context, flags.every, () => verbs.stats());
    const view = await verbs.stats();
    context.out.document(view);
    showStats(context.out, view);
    return EXIT.ok;
  });
}

async function watchStats(
  context: Context,
  every: number,
  read: () => Promise<StatsView>,
): Promise<ExitCode> {
  const { out, io } = context;
  const signal = context.interrupts.claim();
  let samples = 0;
  let before: StatsView | undefined;
  while (!signal.aborted) {
    const view = await readAgain(context, read, before === undefined);
    if (view !== undefined) {
      if (io.isTTY) redraw(context, view);
      else if (before !== undefined) out.line(`${zonedTime(view.at, view.at)}  ${changeLine(before, view)}`);
      out.event({ event: 'stats', stats: view });
      before = view;
      samples += 1;
    }
    await sleep(io.clock, every, signal).catch(() => {});
  }
  out.event({ event: 'summary', exitCode: EXIT.ok, samples });
  return EXIT.ok;
}

/** A display survives an outage of Redis; only a first read that fails ends it, since there is nothing to show. */
async function readAgain(
  { out }: Context,
  read: () => Promise<StatsView>,
  isFirst: boolean,
): Promise<StatsView | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isFirst || !isRedisAway(error)) throw error;
    out.note(`no statistics this time: ${error.message}`);
    return undefined;
  }
}

function redraw({ out, io }: Context, view: StatsView): void {
  if (!out.json) io.stdout.write(CLEAR_SCREEN);
  out.line(out.paint('bold', zonedTime(view.at, view.at)));
  showStats(out, view);
}

function showStats(out: Output, view: StatsView): void {
  showSources(out, view);
  showTiers(out, view);
  showStatistics(out, view);
  showOrigins(out, view);
  showProcesses(out, view);
}

function showSources(out: Output, { sources }: StatsView): void {
  out.table(
    [
      { head: 'source', cell: (row) => row.source },
      { head: 'temperature', cell: (row) => row.temperature },
      { head: 'keys', cell: (row) => count(row.keys), align: 'right' },
      { head: 'due', cell: (row) => count(row.due), align: 'right' },
      {
        head: 'failing',
        cell: (row) => count(row.failing),
        align: 'right',
        tint: (row) => (row.failing > 0 ? 'yellow' : undefined),
      },
      { head: 'so far', cell: (row) => countsText({ counts: row.outcomes }), flexible: true },
    ],
    sources,
  );
}

function showTiers(out: Output, { tiers }: StatsView): void {
  out.line();
  out.table(
    [
      { head: 'tier', cell: (row) => row.tier },
      { head: 'entries', cell: (row) => count(row.entries), align: 'right' },
      { head: 'bytes', cell: (row) => formatSize(row.bytes), align: 'right' },
      { head: '', cell: (row) => row.error ?? '', tint: () => 'red' },
    ],
    tiers,
  );
}

function showOrigins(out: Output, { origins, lanes, at }: StatsView): void {
  out.line();
  out.table(
    [
      { head: 'origin', cell: (row) => row.origin },
      {
        head: 'calls now',
        cell: (row) => `${count(row.inFlight)} of ${count(row.limits.concurrency)}`,
        align: 'right',
      },
      { head: 'rate', cell: (row) => row.rate ?? 'any', align: 'right' },
      {
        head: 'paused',
        cell: (row) =>
          row.pausedUntil === null || row.pausedUntil <= at
            ? ''
            : `ends ${until(row.pausedUntil, at)}: ${row.pauseReason ?? ''}${row.pausedBy === null ? '' : ` (by ${row.pausedBy})`}`,
        tint: () => 'yellow',
      },
    ],
    origins,
  );
  for (const row of origins) showLimits(out, row, at);
  out.line();
  out.table(
    [
      { head: 'lane', cell: (row) => row.lane, tint: (row) => (row.configured ? undefined : 'yellow') },
      ...(['waiting', 'delayed', 'active', 'failed'] as const).map((name) => ({
        head: name,
        cell: (row: StatsView['lanes'][number]) => count(row[name]),
        align: 'right' as const,
      })),
    ],
    lanes,
  );
  for (const { lane } of lanes.filter(({ configured }) => !configured))
    out.line(
      `  lane ${lane}: its origin is not configured here; to do its jobs: forewarm drain --lane ${lane}`,
    );
}

type OriginRow = StatsView['origins'][number];

function showLimits(out: Output, { origin, limits, lowered, quota, used }: OriginRow, at: number): void {
  if (lowered !== null) {
    const rate = limits.perSecond === null ? '' : ` and ${limits.perSecond.toPrecision(3)} calls a second`;
    const what = `${count(limits.concurrency)} at a time${rate}`;
    out.line(`  ${origin}: lowered to ${what} since ${ago(lowered.since, at)}: ${lowered.reason}`);
  }
  if (quota !== null && quota.resetAt > at) {
    out.line(
      `  ${origin}: ${count(quota.left)} calls left by its own word, more ${until(quota.resetAt, at)}`,
    );
  }
  const latest = used.at(-1);
  if (latest === undefined || at - latest.hour > 2 * HOUR_MS) return;
  const calls = usersText(latest.by, count);
  if (calls !== '') out.line(`  ${origin}: calls of this hour: ${calls}`);
}

function showProcesses(out: Output, { processes, at }: StatsView): void {
  out.line();
  if (processes.length === 0) {
    out.line('  no process is running: start one with forewarm up');
    return;
  }
  out.table(
    [
      { head: 'process', cell: (row) => `${row.host} ${row.pid}` },
      { head: 'roles', cell: (row) => row.roles.join(' ') || '-' },
      { head: 'started', cell: (row) => ago(row.startedAt, at) },
      { head: 'seen', cell: (row) => ago(row.seenAt, at) },
      {
        head: 'memory',
        cell: ({ memory }) =>
          memory === null ? '-' : `${count(memory.entries)} entries, ${formatSize(memory.bytes)}`,
      },
    ],
    processes,
  );
}
