import { count, counted } from '../../core/counted.ts';
import { ERRORS, type ErrorCode } from '../../core/errors.ts';
import { OUTCOMES, type Outcome } from '../../core/outcome.ts';
import { shellWord } from '../../core/shell-word.ts';
import { roundDuration } from '../../core/units.ts';
import type { RunReport } from '../../verbs/runs/run-report-shapes.ts';
import type { RunView } from '../../verbs/runs/run-shapes.ts';
import { type Context, invocation } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { isLongSelector, share, shownSelector } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { type Colour, printable } from '../terminal/paint.ts';
import { showShrunk, showUnread, stepsOfShrunk } from './coverage-table.ts';
import { isUncompared } from './run-outcome.ts';

const BAD: ReadonlySet<Outcome> = new Set(['failed', 'refused']);
/** A reader of what is absent is answered, and gets no value. */
const TINTED: ReadonlySet<string> = new Set([...BAD, 'absent']);

const keysOf = (run: RunView, outcome: Outcome) => run.counts[outcome] ?? 0;

/** What the end of a run means for a script. */
export function exitOf(run: RunView): ExitCode {
  if (run.endedReason === 'stopped' || run.endedReason === 'deadline') return EXIT.stopped;
  if (run.endedReason === 'failed') return exitOfNote(run.endedNote);
  const isWhole = run.unread.length === 0 && run.shrunk.length === 0;
  if (run.total === 0) return run.shrunk.length > 0 ? EXIT.partial : EXIT.nothing;
  const bad = OUTCOMES.some((outcome) => BAD.has(outcome) && keysOf(run, outcome) > 0);
  const holes = Object.values(run.coverage).some(({ warm, total }) => warm < total);
  return bad || holes || !isWhole ? EXIT.partial : EXIT.ok;
}

/** A run that could not be planned says so with the code of the error, which is that of a wrong list, too. */
function exitOfNote(note: string): ExitCode {
  const code = Object.keys(ERRORS).find((each) => note.startsWith(`plan: ${each}: `));
  return code === undefined ? EXIT.unexpected : exitCodeOf(code as ErrorCode);
}

/** How a run ended, or how far it is. */
export function headline(run: RunView, now: number): string {
  const took = run.startedAt === null ? '' : roundDuration((run.endedAt ?? now) - run.startedAt);
  // Of one that was stopped it says by whom.
  const note = run.endedNote && `${run.endedReason === 'stopped' ? ' ' : ': '}${printable(run.endedNote)}`;
  if (run.state === 'ended')
    return `${ENDED[run.endedReason ?? 'finished']}${took && ` after ${took}`}${note}`;
  const done = run.total - run.pending;
  return `${run.state}, ${count(done)} of ${counted(run.total, 'key')}${took && `, for ${took}`}`;
}

/** What a run waits for, a line each. */
export function waitLines({ waits }: RunView, now: number): string[] {
  return waits.map(({ for: kind, origin, until, reason, by }) => {
    if (kind === 'worker' || kind === 'lane' || origin === null) return reason;
    if (kind === 'budget') return `origin ${origin}: ${reason}`;
    const who = by === null ? '' : `, by ${by}`;
    const is = kind === 'quota' ? 'is not called' : 'is paused';
    return `origin ${origin} ${is} for ${roundDuration(Math.max(0, (until ?? now) - now))}${who}: ${printable(reason)}`;
  });
}

const ENDED = {
  finished: 'finished',
  stopped: 'was stopped',
  deadline: 'reached its deadline',
  failed: 'failed',
} as const;

/** Only a run that ended by itself has seen that nothing matches: the others end before their keys are known, too. */
function isPlanned({ total, endedReason }: RunView): boolean {
  return total > 0 || endedReason === 'finished' || endedReason === null;
}

/** Outcome counts and the coverage as verified. */
export function showRun(out: Output, run: RunView, now: number): void {
  out.line(`${out.paint('bold', `run ${run.id}`)} ${headline(run, now)}`);
  out.line();
  if (run.total === 0 && run.state === 'ended') {
    const none = isPlanned(run) ? 'no key matches' : 'which keys match was not known yet';
    out.line(`  ${none}: ${printable(shownSelector(run.selector))}`);
    showShrunk(out, run);
    return;
  }
  showOutcomes(out, run);
  showUnread(out, run);
  showShrunk(out, run);
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
        tint: (row) => (TINTED.has(row.outcome) ? 'yellow' : undefined),
      },
      { head: 'keys', cell: (row) => count(row.keys), align: 'right' },
      { head: 'share', cell: (row) => share(row.keys, run.total), align: 'right' },
    ],
    [...rows, ...pending, { outcome: 'total', keys: run.total }],
  );
}

/** What to do after a run that ended like this. */
export function stepsAfter(
  context: Context,
  run: RunView,
  report: RunReport | undefined,
): [string, string][] {
  const me = invocation(context);
  const { named } = run;
  const which = selectorWords(named === null ? run.selector : `source=${named.sources.join(',')}`);
  const steps: [string, string][] = [];
  const id = shellWord(run.id);
  if (keysOf(run, 'failed') + keysOf(run, 'refused') > 0)
    steps.push([`${me} runs failures ${id}`, 'which keys it did not warm, and why']);
  if (keysOf(run, 'failed') > 0)
    steps.push([`${me} runs redrive --run ${id}`, 'try those that failed again']);
  if (report !== undefined && isUncompared(report))
    steps.push([`${me} runs diff ${id}`, 'what is new since the run before it']);
  if (named === null && isLongSelector(run.selector)) {
    steps.push([`${me} runs show ${run.id}`, 'how this one ended']);
    return steps;
  }
  if (exitOf(run) === EXIT.stopped && named === null)
    steps.push([`${me} warm${which} --missing`, 'warm what is left']);
  steps.push(...stepsOfShrunk(me, run));
  if (!isPlanned(run) || run.unread.length > 0)
    steps.push([`${me} config check`, 'whether all lists of keys can be read']);
  else if (run.total === 0) steps.push([`${me} config print`, 'which sources and entities there are']);
  else steps.push([`${me} check${which}`, 'coverage and freshness per tier']);
  return steps;
}

/** A selector as words of a shell command, with a space in front. A long one is left to whoever pastes the command. */
export function selectorWords(selector: string): string {
  if (isLongSelector(selector)) return ' SELECTOR';
  return selector === '' ? '' : ` ${shellWord(selector)}`;
}
