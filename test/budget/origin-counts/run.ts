/** Workers that are killed in the middle of their calls, and others that take their place; then the origin says what it counted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BUDGET_USERS, type Budget, type BudgetUser, roomOf } from '../../../src/core/budget.ts';
import { childEnvironment } from '../../support/child-environment.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/waiting.ts';
import { allowedIn, type CountedCall, excesses, mostAtOnce, mostWithin } from './counts.ts';

export interface CallerOrders {
  readonly redisUrl: string;
  readonly originUrl: string;
  readonly holder: string;
  readonly budgets: Readonly<Record<string, Budget>>;
  /** For whom its callers call, in turn. */
  readonly users: readonly BudgetUser[];
  /** Callers at each origin, in each process. */
  readonly lanes: number;
  readonly leaseMs: number;
  /** How long an answer takes, from and to, in ms. */
  readonly answers: readonly [number, number];
}

export interface CountsPlan extends Pick<CallerOrders, 'budgets' | 'lanes' | 'leaseMs' | 'answers'> {
  readonly workers: number;
  /** For whom the worker of this number calls; for all users unless said. */
  readonly usersOf?: (worker: number) => readonly BudgetUser[];
  /** It goes on until each origin was called so often. */
  readonly enough?: number;
  /** So many are killed, one after the other. */
  readonly kills: number;
  /** Between two kills, in ms. */
  readonly apartMs: number;
  /** Which of the workers that live is killed: from 0 to 1. */
  readonly random: () => number;
}

export interface Counts {
  /** By origin. */
  readonly calls: Readonly<Record<string, readonly CountedCall[]>>;
  /** The latest that a timer of a worker came, in ms. */
  readonly late: number;
}

export async function countCalls(plan: CountsPlan): Promise<Counts> {
  await using cleanup = new AsyncDisposableStack();
  const redis = cleanup.adopt(await startRedisServer(), (server) => server.remove());
  const origin = cleanup.adopt(start('origin-process.ts'), end);
  const [port] = (await once(createInterface({ input: origin.stdout }), 'line')) as [string];
  const originUrl = `http://127.0.0.1:${port}`;
  const seen = async () =>
    (await (await fetch(originUrl)).json()) as Record<string, readonly (CountedCall | { to: null })[]>;
  const fleet = cleanup.adopt(new Fleet(plan, redis.url, originUrl), (all) => all.end());
  await Promise.all(Array.from({ length: plan.workers }, () => fleet.add()));
  await until('calls at each origin', seen, (all) => Object.keys(plan.budgets).every((name) => name in all));
  for (let n = 0; n < plan.kills; n += 1) {
    await sleep(plan.apartMs);
    await Promise.all([fleet.kill(plan.random()), fleet.add()]);
  }
  await sleep(plan.apartMs);
  const { enough = 0 } = plan;
  await until('enough calls', seen, (all) => Object.values(all).every(({ length }) => length >= enough));
  await fleet.end();
  const ended = (all: Awaited<ReturnType<typeof seen>>) =>
    Object.values(all).every((calls) => calls.every(({ to }) => to !== null));
  const calls = await until('the end of the calls', seen, ended);
  return { calls: calls as Counts['calls'], late: fleet.late };
}

class Fleet {
  readonly #plan: CountsPlan;
  readonly #redisUrl: string;
  readonly #originUrl: string;
  readonly #workers = new Set<ReturnType<typeof start>>();
  #count = 0;
  late = 0;

  constructor(plan: CountsPlan, redisUrl: string, originUrl: string) {
    this.#plan = plan;
    this.#redisUrl = redisUrl;
    this.#originUrl = originUrl;
  }

  async add(): Promise<void> {
    this.#count += 1;
    const { budgets, lanes, leaseMs, answers } = this.#plan;
    const users = this.#plan.usersOf?.(this.#count) ?? BUDGET_USERS;
    const where = { redisUrl: this.#redisUrl, originUrl: this.#originUrl, holder: `w${this.#count}` };
    const orders: CallerOrders = { ...where, budgets, users, lanes, leaseMs, answers };
    const worker = start('caller-process.ts', JSON.stringify(orders));
    this.#workers.add(worker);
    const lines = createInterface({ input: worker.stdout });
    lines.on('line', (line) => {
      this.late = Math.max(this.late, Number(line.replace('late ', '')));
    });
    await once(lines, 'line');
  }

  async kill(which: number): Promise<void> {
    const all = [...this.#workers];
    const victim = all[Math.floor(which * all.length)];
    if (victim === undefined) return;
    this.#workers.delete(victim);
    await end(victim);
  }

  async end(): Promise<void> {
    const all = [...this.#workers];
    this.#workers.clear();
    await Promise.all(all.map(end));
  }
}

function start(file: string, ...args: readonly string[]) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, [path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment(),
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** What an origin counted, for people. */
export function told(name: string, budget: Budget, calls: readonly CountedCall[]): string {
  const times = calls.map(({ from }) => from);
  const windows = allowedIn(budget).map(
    ({ calls: allowed, perMs }) => `${mostWithin(times, perMs)} of ${allowed} in ${perMs / 1_000} s`,
  );
  const atOnce = `${mostAtOnce(calls)} of ${budget.concurrency} at once`;
  const onTheWay = Math.max(...calls.map(({ began, from }) => from - began));
  return `${name}: ${calls.length} calls; at most ${[...windows, atOnce].join(', ')}; up to ${onTheWay.toFixed(0)} ms on the way`;
}

/** By how much longer some calls were on their way than others, in ms: so much closer than they began may they arrive. */
function spreadOf(calls: readonly CountedCall[]): number {
  const onTheWay = calls.map(({ began, from }) => from - began);
  return Math.max(0, ...onTheWay) - Math.min(...onTheWay);
}

/**
 * What was too much, apart by whose doing it was. The budget says when calls begin, and leaves room for calls that are not all on
 * their way for as long. What begins in time, and arrives with others because the machine held it up for longer than that, before or after it began, is the machine's.
 */
export function judged(budgets: CountsPlan['budgets'], counts: Counts) {
  const began = problemsOf(budgets, counts, { at: 'began', late: counts.late });
  // A worker may be held up between its permit and its call, too: for as long as its timers were late.
  const late = problemsOf(budgets, counts, { at: 'began', late: 0 }).filter(
    (problem) => !began.includes(problem),
  );
  const from = Object.entries(budgets).map(([name, budget]) => {
    const problems = problemsOf({ [name]: budget }, counts, { at: 'from', late: 0 });
    const isHeldUp = counts.late + spreadOf(counts.calls[name] ?? []) > (roomOf(budget) ?? 0);
    return { problems: problems.filter((each) => ![...began, ...late].includes(each)), isHeldUp };
  });
  const of = (isHeldUp: boolean) =>
    from.filter((each) => each.isHeldUp === isHeldUp).flatMap(({ problems }) => problems);
  return { ofTheBudget: [...began, ...of(false)], ofTheMachine: [...late, ...of(true)] };
}

/** What each origin counted that was too much, by when calls came, or by when they began less what the machine held up. */
export function problemsOf(
  budgets: CountsPlan['budgets'],
  { calls }: Counts,
  how: Parameters<typeof excesses>[2],
): string[] {
  return Object.entries(budgets).flatMap(([name, budget]) =>
    excesses(budget, calls[name] ?? [], how).map((what) => `${name}: ${what}`),
  );
}
