/** What is said of an origin, and what troubles it. */
import type { Budget } from '../../../../src/api-client/client.ts';
import { exact, percent, rate } from '../../format/numbers.ts';
import type { Tone } from '../../parts/tone.ts';

export interface Trouble {
  readonly tone: Tone;
  readonly text: string;
  /** The worst has the lowest. */
  readonly rank: number;
}

/** Calls that fail, or are answered with "slow down", are trouble from this share on. */
const MANY = 0.05;

/** Nothing else is worse than what none of these is said of. */
export const NO_TROUBLE = 9;

/** The worst first; none where all is well. `aside`: keys in quarantine; undefined where that is not known. */
export function troublesOf(origin: Budget, aside: number | undefined): readonly Trouble[] {
  const { breaker, paused, lowered, quota, windows, total } = origin;
  const said = (is: boolean, rank: number, tone: Tone, text: string) => (is ? [{ rank, tone, text }] : []);
  const failed = total.calls === 0 ? 0 : total.failed / total.calls;
  return [
    ...said(breaker.state === 'open', 0, 'bad', 'fails'),
    ...said(breaker.state === 'probing', 1, 'warn', 'in doubt'),
    ...said(paused !== null && breaker.state !== 'open', 2, 'warn', 'paused'),
    ...said(quota !== null && quota.left <= 0, 3, 'warn', 'quota used up'),
    ...windows
      .filter(({ opensAt }) => opensAt !== null)
      .flatMap(({ rate: used }) => said(true, 3, 'warn', `${used} used up`)),
    ...said(failed >= MANY && breaker.state !== 'open', 4, 'bad', `${percent(failed)} fail`),
    ...said(lowered !== null, 5, 'warn', 'lowered'),
    ...said((aside ?? 0) > 0, 6, 'warn', `${exact(aside)} in quarantine`),
  ];
}

export function rankOf([worst]: readonly Trouble[]): number {
  return worst?.rank ?? NO_TROUBLE;
}

export const USERS = ['live', 'hot', 'warm', 'cold', 'run'] as const;
export type User = (typeof USERS)[number];
/** Who uses a budget, for people. */
export const USER_WORDS: Readonly<Record<User, string>> = {
  live: 'reads that wait',
  hot: 'hot refreshes',
  warm: 'warm refreshes',
  cold: 'cold refreshes',
  run: 'runs, probes',
};

/** Whether it is called as its breaker and its pauses stand. */
export function breakerNote({ breaker, paused, quota, windows }: Budget): string {
  if (breaker.state === 'open') return 'nobody calls it';
  if (paused !== null) return 'it answers, and is not called: it is paused';
  if (quota !== null && quota.left <= 0) return 'it answers, and is not called: its quota is used up';
  if (windows.some(({ opensAt }) => opensAt !== null))
    return 'it answers, and is called for reads that wait alone: a window is used up';
  return breaker.state === 'probing' ? 'half open: the next calls try it' : 'it may be called';
}

/** Calls per second, or that none are limited. */
export function rateText(perSecond: number | null): string {
  return perSecond === null ? 'any rate' : rate(perSecond);
}

/** What holds of what is configured: `5.0/s of 10/s, 4 of 8 at the same time`. */
export function heldText({ limits: { perSecond, concurrency, configured } }: Budget): string {
  const pace = [
    ...(configured.perSecond === null && perSecond === null
      ? []
      : [paceText(perSecond, configured.perSecond)]),
    `${exact(concurrency)} of ${exact(configured.concurrency)} calls at the same time`,
  ];
  return pace.join(', ');
}

function paceText(held: number | null, configured: number | null): string {
  if (held === null || configured === null) return `${rateText(held)} of ${rateText(configured)}`;
  return `${rate(held)} of ${rate(configured)} (${percent(Math.min(1, held / configured))})`;
}

/** How a call can end, in the order of its bar; each call ends in one of them. */
export interface Ending {
  readonly name: string;
  readonly meaning: string;
  /** The name of a colour of the style sheet. */
  readonly colour: string;
  readonly of: (calls: Calls) => number;
}

/** Calls as they are counted. */
export interface Calls {
  readonly calls: number;
  readonly throttled: number;
  readonly failed: number;
  readonly apart: Readonly<Record<'absent' | 'refused' | 'unanswered', number>>;
}

export const ENDINGS: readonly Ending[] = [
  {
    ...{ name: 'answered', meaning: 'with values, or "as before"', colour: 'warmed' },
    of: ({ calls, throttled, failed, apart }) =>
      Math.max(0, calls - throttled - failed - apart.absent - apart.refused),
  },
  {
    ...{ name: 'not found', meaning: 'the origin has none of the values', colour: 'absent' },
    of: ({ apart }) => apart.absent,
  },
  {
    ...{ name: 'refused', meaning: 'an error that has nothing to do with load', colour: 'cancelled' },
    of: ({ apart }) => apart.refused,
  },
  {
    ...{ name: 'slowed down', meaning: '429, or another "slow down"', colour: 'refused' },
    of: ({ throttled }) => throttled,
  },
  {
    ...{ name: 'failed', meaning: 'an answer that tells of trouble, such as 500', colour: 'failed' },
    of: ({ failed, apart }) => Math.max(0, failed - apart.unanswered),
  },
  {
    ...{ name: 'no response', meaning: 'down, hung up, or too slow', colour: 'series-4' },
    of: ({ apart }) => apart.unanswered,
  },
];
