/** What is said of a schedule and of its times. */
import type { Schedule, TickResult } from '../../../../src/api-client/client.ts';
import { counted, exact } from '../../format/numbers.ts';
import { brief, duration } from '../../format/times.ts';
import type { Tone } from '../../parts/tone.ts';

export interface Said {
  readonly tone: Tone;
  readonly text: string;
}

/** What a schedule does when it fires. */
export function deedOf({ kind, selector }: Pick<Schedule, 'kind' | 'selector'>): string {
  if (kind === 'run') return `warms ${selector === '' ? 'everything' : selector}`;
  if (kind === 'refresh') return `refreshes what is due of ${selector}`;
  if (kind === 'recover') return `refreshes what cannot wait of ${selector}`;
  return kind === 'probe'
    ? `asks whether the version of ${selector} has moved`
    : 'removes what is past everything';
}

const SKIPPED: Readonly<Record<NonNullable<TickResult['reason']>, Said>> = {
  missed: { tone: 'warn', text: 'no scheduler ran at its time' },
  overlap: { tone: 'warn', text: 'the run of an earlier time had not ended' },
  'too-late': { tone: 'warn', text: 'it could not begin while it was of use' },
  excepted: { tone: 'calm', text: 'it lay in a window that the configuration leaves out' },
  paused: { tone: 'calm', text: 'the schedule was paused' },
  asked: { tone: 'calm', text: 'somebody asked for it to be left out' },
};

/** Why a time did not fire. */
export function skipped({ reason }: Pick<TickResult, 'reason'>): Said {
  return reason === null ? { tone: 'calm', text: 'nobody knows why' } : SKIPPED[reason];
}

/** How a time ended, in a word or two. */
export function endOf({ end, reason, run, result }: TickResult): Said {
  if (end === 'skipped') return { tone: skipped({ reason }).tone, text: `skipped: ${reason ?? 'unknown'}` };
  if (run === null) return { tone: 'good', text: 'fired' };
  if (result === null) return { tone: 'calm', text: 'fired; its run is gone' };
  if (result.state !== 'ended') return { tone: 'busy', text: result.state };
  const { endedReason, failed, excluded, total } = result;
  if (endedReason === 'failed') return { tone: 'bad', text: 'failed' };
  if (endedReason === 'stopped') return { tone: 'warn', text: 'stopped' };
  if (endedReason === 'deadline') return { tone: 'warn', text: 'ended by its deadline' };
  if (failed > 0) return { tone: 'warn', text: 'finished, some failed' };
  if (excluded > 0)
    return { tone: 'warn', text: `finished, ${excluded === total ? 'all' : 'some'} keys left out` };
  return { tone: 'good', text: 'finished' };
}

/** Keys that a run did not ask for. */
export function leftOut({ excluded, total }: NonNullable<TickResult['result']>): string {
  return `${exact(excluded)} of ${counted(total, 'key')} were left out (quarantine)`;
}

/** One line for a mark of a strip. */
export function sentenceOf(tick: TickResult, today: number, zone: string | undefined): string {
  const { nominal, count, result } = tick;
  const times = count === 1 ? '' : ` (${count === null ? 'very many times' : counted(count, 'time')})`;
  const failed =
    result !== null && result.failed > 0
      ? `, ${exact(result.failed)} of ${counted(result.total, 'key')} failed`
      : '';
  const out = result === null || result.excluded === 0 ? '' : `, ${leftOut(result)}`;
  const took = result === null || result.took === null ? '' : `, took ${duration(result.took)}`;
  return `${brief(nominal, today, zone)}${times}: ${endOf(tick).text}${failed}${out}${took}`;
}

/** Whether its last time did not go well, for another reason than that somebody wanted it so. */
export function isFailing(ticks: readonly TickResult[]): boolean {
  const last = ticks.find(({ result }) => result === null || result.state === 'ended');
  if (last === undefined || last.result?.endedReason === 'stopped') return false;
  const { tone } = endOf(last);
  return tone === 'warn' || tone === 'bad';
}

/** Schedulers say every few seconds that they are there; after so long without, nothing fires. */
const SILENT_MS = 20_000;

/** Since when no scheduler was heard of; null: never; undefined: one is there. */
export function silentSince(
  schedules: readonly Pick<Schedule, 'heardAt'>[],
  today: number,
): number | null | undefined {
  const heard = schedules.flatMap(({ heardAt }) => (heardAt === null ? [] : [heardAt]));
  if (heard.some((at) => today - at < SILENT_MS)) return undefined;
  return heard.length === 0 ? null : Math.max(...heard);
}
