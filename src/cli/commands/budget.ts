import { InvalidArgumentError, Option } from 'commander';
import { BUDGET_USERS } from '../../core/budget.ts';
import { count, counted } from '../../core/counted.ts';
import { HOUR_MS } from '../../core/units.ts';
import { BUDGET_HOURS, type BudgetReport, type OriginBudget } from '../../verbs/budget-shapes.ts';
import { type Define, durationOption, explain } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { USER_WORDS, usersText } from '../reports/budget-users.ts';
import { ago, hourTime, share, until, zonedHead } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';

const SINCE_HOURS = 24;

export const budgetCommand: Define = (parent, act) => {
  const command = parent
    .command('budget')
    .description('show who used the budgets of origins, hour by hour, and what holds now and why')
    .argument('[origin]', 'one origin; none is all')
    .addOption(
      new Option('--since <duration>', `how far back, up to ${BUDGET_HOURS}h, in whole hours`)
        .argParser(hoursOption)
        .default(SINCE_HOURS, `${SINCE_HOURS}h`),
    )
    .action((origin: string | undefined, flags: Flags) =>
      act((context) => budget(context, origin, flags.since)),
    );
  explain(command, {
    examples: [
      ['forewarm budget', 'the last day of every origin'],
      ['forewarm budget markets --since 4h', 'of one origin'],
      ['forewarm budget --json | jq ".origins[].total.share"', 'for scripts'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

interface Flags {
  /** In hours. */
  readonly since: number;
}

function hoursOption(text: string): number {
  const hours = Math.ceil(durationOption(text) / HOUR_MS);
  if (hours >= 1 && hours <= BUDGET_HOURS) return hours;
  throw new InvalidArgumentError(`It must be from 1h to ${BUDGET_HOURS}h: more is not kept.`);
}

async function budget(context: Context, origin: string | undefined, hours: number): Promise<ExitCode> {
  const report = await withApp(context, {}, ({ verbs }) => verbs.budget(origin, hours));
  context.out.document(report);
  report.origins.forEach((each, i) => {
    if (i > 0) context.out.line();
    showOrigin(context.out, each, report);
  });
  return EXIT.ok;
}

function showOrigin(out: Output, of: OriginBudget, { at }: BudgetReport): void {
  const { limits, total } = of;
  const { configured } = limits;
  out.line(out.paint('bold', of.origin));
  out.facts([
    ['allowed', `${of.rate ?? 'any rate'}, ${count(configured.concurrency)} at a time${perHour(of)}`],
    ['now', nowText(of)],
    ['lowered', of.lowered === null ? null : `since ${ago(of.lowered.since, at)}: ${of.lowered.reason}`],
    ['does not answer', outageText(of, at)],
    ['paused', pausedText(of, at)],
    [
      'left',
      of.quota === null ? null : `${counted(of.quota.left, 'call')}, more ${until(of.quota.resetAt, at)}`,
    ],
    ...of.windows.map((window): [string, string] => [`of ${window.rate}`, windowText(window, at)]),
    ['waiting', usersText(of.waiting, count)],
    [
      'used',
      `${counted(total.calls, 'call')}${total.calls === 0 ? '' : `: ${usersText(total.by, (calls) => share(calls, total.calls))}`}`,
    ],
    ['slowed down', total.throttled === 0 ? null : counted(total.throttled, 'call')],
    ['failed', total.failed === 0 ? null : failedText(total)],
  ]);
  if (of.hours.length > 0) showHours(out, of);
}

function windowText({ used, calls, kept, opensAt }: OriginBudget['windows'][number], at: number): string {
  const next = opensAt === null ? '' : `; it is used up, and the next is free ${until(opensAt, at)}`;
  const reserve = kept === 0 ? '' : ` (${count(kept)} kept for reads that wait)`;
  return `${count(used)} of ${counted(calls, 'call')} used${reserve}${next}`;
}

function failedText({ failed, apart }: OriginBudget['total']): string {
  const silent = apart.unanswered === 0 ? '' : `, ${count(apart.unanswered)} without a response`;
  return counted(failed, 'call') + silent;
}

function perHour({ allowedPerHour }: OriginBudget): string {
  return allowedPerHour === null ? '' : ` (${count(allowedPerHour)} an hour)`;
}

function nowText({ limits, inFlight }: OriginBudget): string {
  const rate = limits.perSecond === null ? 'any rate' : `${Number(limits.perSecond.toPrecision(3))}/s`;
  return `${rate}, ${count(inFlight)} of ${count(limits.concurrency)} at a time`;
}

function pausedText({ paused }: OriginBudget, at: number): string | null {
  if (paused === null) return null;
  const by = paused.by === null ? '' : ` (by ${paused.by})`;
  return `ends ${until(paused.until, at)}: ${paused.reason}${by}`;
}

function outageText({ breaker }: OriginBudget, at: number): string | null {
  if (breaker.since === null) return null;
  const next = breaker.state === 'probing' ? '; the next calls find out whether it does' : '';
  return `since ${ago(breaker.since, at)}: ${breaker.reason}${next}`;
}

type Hour = OriginBudget['hours'][number];

/** Five places at the most, so that all columns fit a terminal of 80: to the thousand, of many. `--json` has them all. */
function short(calls: number): string {
  if (calls < 10_000) return count(calls);
  return calls < 1e6 ? `${Math.floor(calls / 1_000)}k` : `${(calls / 1e6).toFixed(1)}M`;
}

function showHours(out: Output, { hours }: OriginBudget): void {
  const number = (head: string, of: (hour: Hour) => number) => ({
    ...{ head, align: 'right' as const },
    cell: (hour: Hour) => (of(hour) === 0 ? '' : short(of(hour))),
  });
  // Of those who used nothing there is nothing to see, and lines stay short.
  const numbers = (columns: readonly (readonly [string, (hour: Hour) => number])[]) =>
    columns.filter(([, of]) => hours.some((hour) => of(hour) > 0)).map(([head, of]) => number(head, of));
  out.table(
    [
      { head: zonedHead('hour'), cell: ({ hour }) => hourTime(hour) },
      number('calls', ({ calls }) => calls),
      {
        ...{ head: 'of allowed', align: 'right' },
        cell: ({ used }: Hour) => (used === null ? '' : share(used, 1)),
      },
      ...numbers([
        ...BUDGET_USERS.map((user) => [USER_WORDS[user], ({ by }: Hour) => by[user]] as const),
        ['slowed down', ({ throttled }) => throttled],
        ['failed', ({ failed }) => failed],
      ]),
    ],
    hours,
  );
}
