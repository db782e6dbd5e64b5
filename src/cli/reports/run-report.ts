import { OUTCOMES, type Outcome } from '../../core/outcome.ts';
import { roundDuration } from '../../core/units.ts';
import type { RunView } from '../../verbs/runs.ts';
import { type Context, invocation, quoted } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { count, counted, share } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { type Colour, printable } from '../terminal/paint.ts';

const BAD: ReadonlySet<Outcome> = new Set(['failed', 'refused']);

const keysOf = (run: RunView, outcome: Outcome) => run.counts[outcome] ?? 0;

/** What the end of a run means for a script. */
export function exitOf(run: RunView): ExitCode {
  if (run.endedReason === 'stopped' || run.endedReason === 'deadline') return EXIT.stopped;
  if (run.endedReason === 'failed') return EXIT.unexpected;
  if (run.total === 0) return EXIT.nothing;
  const bad = OUTCOMES.some((outcome) => BAD.has(outcome) && keysOf(run, outcome) > 0);
  const holes = Object.values(run.coverage).some(({ warm, total }) => warm < total);
  return bad || holes ? EXIT.partial : EXIT.ok;
}

/** How a run ended, or how far it is. */
export function headline(run: RunView, now: number): string {
  const took = run.startedAt === null ? '' : roundDuration((run.endedAt ?? now) - run.startedAt);
  const note = run.endedNote === '' ? '' : `: ${printable(run.endedNote)}`;
  if (run.state === 'ended')
    return `${ENDED[run.endedReason ?? 'finished']}${took && ` after ${took}`}${note}`;
  const done = run.total - run.pending;
  return `${run.state}, ${count(done)} of ${counted(run.total, 'key')}${took && `, for ${took}`}`;
}

const ENDED = {
  finished: 'finished',
  stopped: 'was stopped',
  deadline: 'reached its deadline',
  failed: 'failed',
} as const;

/** Outcome counts and the coverage as verified. */
export function showRun(out: Output, run: RunView, now: number): void {
  out.line(`${out.paint('bold', `run ${run.id}`)} ${headline(run, now)}`);
  out.line();
  if (run.total === 0 && run.state === 'ended') {
    out.line(`  no key matches: ${run.selector || 'everything configured'}`);
    return;
  }
  showOutcomes(out, run);
  const tiers = Object.entries(run.coverage).map(([tier, covered]) => ({ tier, ...covered }));
  if (tiers.length === 0) return;
  out.line();
  out.table(
    [
      { head: 'tier', cell: (row) => row.tier },
      {
        head: 'warm',
        cell: (row) => share(row.warm, row.total),
        align: 'right',
        tint: (row): Colour => (row.warm === row.total ? 'green' : 'yellow'),
      },
      { head: 'keys', cell: (row) => `${count(row.warm)} of ${count(row.total)}`, align: 'right' },
    ],
    tiers,
  );
}

function showOutcomes(out: Output, run: RunView): void {
  const rows = OUTCOMES.map((outcome) => ({ outcome, keys: keysOf(run, outcome) })).filter(
    ({ keys }) => keys > 0,
  );
  const pending = run.pending > 0 ? [{ outcome: 'pending', keys: run.pending } as const] : [];
  out.table<{ outcome: Outcome | 'pending' | 'total'; keys: number }>(
    [
      {
        head: 'outcome',
        cell: (row) => row.outcome,
        tint: (row) => (row.outcome === 'failed' || row.outcome === 'refused' ? 'yellow' : undefined),
      },
      { head: 'keys', cell: (row) => count(row.keys), align: 'right' },
      { head: 'share', cell: (row) => share(row.keys, run.total), align: 'right' },
    ],
    [...rows, ...pending, { outcome: 'total', keys: run.total }],
  );
}

/** What to do after a run that ended like this. */
export function stepsAfter(context: Context, run: RunView): [string, string][] {
  const me = invocation(context);
  const { named } = run;
  const which = selectorWords(named === null ? run.selector : `source=${named.sources.join(',')}`);
  const steps: [string, string][] = [];
  if (keysOf(run, 'failed') > 0) {
    steps.push([`${me} runs dead`, 'which keys failed, and why']);
    steps.push([`${me} runs redrive`, 'try them again']);
  }
  if (exitOf(run) === EXIT.stopped && named === null)
    steps.push([`${me} warm${which} --missing`, 'warm what is left']);
  if (run.total === 0) steps.push([`${me} config print`, 'which sources and entities there are']);
  else steps.push([`${me} check${which}`, 'coverage and freshness per tier']);
  return steps;
}

/** A selector as words of a shell command, with a space in front. */
export function selectorWords(selector: string): string {
  return selector === '' ? '' : ` ${quoted(selector)}`;
}
