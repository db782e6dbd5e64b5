/** Five schedulers that are killed, stopped and redeployed at random, over twenty schedules; then every time is accounted for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { nominalTimes } from '../../../src/policy/nominal-times.ts';
import { RedisTickStore } from '../../../src/schedules/redis-tick-store.ts';
import { tickId } from '../../../src/schedules/tick.ts';
import type { TickRecord } from '../../../src/schedules/tick-store.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { TEST_PATIENCE, within } from '../../support/waiting.ts';
import { schedulesOf } from './schedules.ts';

const PROCESS = new URL('./process.ts', import.meta.url).pathname;
const SCHEDULERS = 5;
/** The longest lease, a look for claims of dead schedulers, and a second to wake. */
const SETTLED_MS = 9_000;

export interface Fidelity {
  readonly times: number;
  readonly ran: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly deploys: number;
  /** Of times at which a scheduler lived all along, in ms. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly problems: readonly string[];
}

export interface FidelityOptions {
  readonly seconds: number;
  readonly random: () => number;
  readonly say: (text: string) => void;
}

export async function fidelity({ seconds, random, say }: FidelityOptions): Promise<Fidelity> {
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.adopt(await startRedisServer({ aof: true }), (one) => one.remove());
  const redis = cleanup.adopt(new Redis(server.url), async (one) => one.disconnect());
  const fleet = new Fleet(server.url);
  cleanup.defer(() => fleet.endAll());
  await Promise.all(Array.from({ length: SCHEDULERS }, () => fleet.start()));
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end) {
    await sleep(300 + random() * 2_000);
    await fleet.disturb(random);
  }
  fleet.settle();
  await fleet.start();
  await sleep(SETTLED_MS);
  // Nobody is left to take over what a killed one has in hand.
  await fleet.endAll('SIGTERM');
  say(`${fleet.kills} kills, ${fleet.deploys} deploys`);
  return await account(redis, fleet);
}

/** A configuration leads from some time between `from` and `by`, when its first scheduler started, until the next one does. */
export interface Era {
  readonly deploys: number;
  readonly from: number;
  readonly by: number;
}

class Fleet {
  readonly #url: string;
  readonly #processes = new Set<ChildProcess>();
  readonly #starting = new Set<ChildProcess>();
  /** When no scheduler lived, as `[from, to]`, by this machine's clock. */
  readonly #gaps: [number, number][] = [];
  #count = 0;
  readonly eras: Era[] = [];
  kills = 0;
  deploys = 0;

  constructor(url: string) {
    this.#url = url;
  }

  async start(): Promise<void> {
    this.#count += 1;
    const args = [PROCESS, this.#url, `h${this.#count}`, String(this.deploys)];
    const deploys = this.deploys;
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const begun = Date.now();
    // It is among those that are ended in any case, also where it says nothing.
    this.#starting.add(child);
    const said = once(child.stdout, 'data').then(([text]) => String(text));
    const ended = once(child, 'exit').then(([code, signal]) => `it ended with ${code ?? signal}`);
    const text = await within(TEST_PATIENCE, 'the start of a scheduler', Promise.race([said, ended]));
    if (!text.includes('started')) throw new Error(`a scheduler did not start: ${text}`);
    this.#starting.delete(child);
    if (this.eras.at(-1)?.deploys !== deploys) this.eras.push({ deploys, from: begun, by: Date.now() });
    if (this.#processes.size === 0) this.#gaps.push([this.#noneSince ?? begun, Date.now() + 1_000]);
    this.#noneSince = undefined;
    this.#processes.add(child);
  }

  /** Since when no scheduler lives: nobody may be started for some rounds. */
  #noneSince: number | undefined;

  /** Kills one, or all, or deploys another configuration; then there are some again, or none for a while. */
  async disturb(random: () => number): Promise<void> {
    const choice = random();
    const victims = [...this.#processes].filter(() => choice < 0.15 || random() < 0.3);
    for (const child of victims) {
      this.#processes.delete(child);
      this.kills += 1;
      child.kill(random() < 0.8 ? 'SIGKILL' : 'SIGTERM');
    }
    if (this.#processes.size === 0) this.#noneSince ??= Date.now();
    if (choice < 0.15) await sleep(random() * 6_000);
    if (choice > 0.85) {
      this.deploys += 1;
      if (random() < 0.3) {
        await this.endAll();
        this.#noneSince ??= Date.now();
      } else await this.#roll(random);
    }
    while (this.#processes.size < SCHEDULERS && random() < 0.9) await this.start();
  }

  /** A rolling deploy: a new scheduler begins before an old one ends, so two rules are there at once. */
  async #roll(random: () => number): Promise<void> {
    for (const old of [...this.#processes]) {
      await this.start();
      await sleep(random() * 1_500);
      this.#processes.delete(old);
      this.kills += 1;
      old.kill(random() < 0.5 ? 'SIGKILL' : 'SIGTERM');
    }
  }

  settle(): void {
    if (this.#processes.size === 0) this.#noneSince ??= Date.now();
  }

  async endAll(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const all = [...this.#processes, ...this.#starting];
    this.#processes.clear();
    this.#starting.clear();
    await Promise.all(
      all.map(async (child) => {
        const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
        child.kill(signal);
        await exit;
      }),
    );
  }

  /** Whether a scheduler lived from a second before until two seconds after. */
  livedAt(at: number): boolean {
    return !this.#gaps.some(([from, to]) => at + 2_000 > from && at - 1_000 < to);
  }
}

async function account(redis: Redis, fleet: Fleet): Promise<Fidelity> {
  const store = new RedisTickStore({ redis, prefix: 'f', holder: 'checker', leaseMs: 1, kept: 100_000 });
  const problems: string[] = [];
  const skipped: Record<string, number> = {};
  const late: number[] = [];
  let [times, ran] = [0, 0];
  for (const { name } of schedulesOf(0)) {
    const records = (await store.history(name, 100_000)).toSorted((a, b) => a.nominal - b.nominal);
    problems.push(...problemsOf(name, records, new Set(await redis.smembers(`fired:${name}`))));
    problems.push(...gapsIn(name, records, fleet.eras));
    for (const { end, reason, nominal, at } of records) {
      times += 1;
      if (end === 'ran') ran += 1;
      else skipped[reason ?? ''] = (skipped[reason ?? ''] ?? 0) + 1;
      if (end === 'ran' && !name.endsWith('4') && fleet.livedAt(nominal)) late.push(at - nominal);
    }
    if ((await redis.hlen(`f:{s:${name}}:claims`)) > 0) problems.push(`${name}: a time is claimed for ever`);
  }
  late.sort((a, b) => a - b);
  const share = (part: number) => late[Math.min(late.length - 1, Math.floor(late.length * part))] ?? 0;
  const lateness = { p50: share(0.5), p99: share(0.99), max: share(1) };
  return { times, ran, skipped, kills: fleet.kills, deploys: fleet.deploys, lateness, problems };
}

/** Each time ended once, what ran has fired, and what has fired ran. */
export function problemsOf(
  name: string,
  records: readonly TickRecord[],
  fired: ReadonlySet<string>,
): string[] {
  const problems: string[] = [];
  const seen = new Set<number>();
  for (const { nominal, from, end, reason } of records) {
    if (seen.has(nominal)) problems.push(`${name}: ${new Date(nominal).toISOString()} ended twice`);
    seen.add(nominal);
    if (end === 'skipped' && reason === undefined) problems.push(`${name}: skipped without a reason`);
    if (from !== nominal) problems.push(`${name}: a range of times, where all could be listed`);
    const id = tickId({ schedule: name, nominal });
    if (fired.has(id) !== (end === 'ran'))
      problems.push(`${name}: ${id} ${end}, and ${fired.has(id) ? 'fired' : 'did not fire'}`);
  }
  if (fired.size > records.filter(({ end }) => end === 'ran').length)
    problems.push(`${name}: fired what is not on record`);
  return problems;
}

/** Times that the newest configuration named while it was the newest, and that are not on record. */
export function gapsIn(name: string, records: readonly TickRecord[], eras: readonly Era[]): string[] {
  const recorded = new Set(records.map(({ nominal }) => nominal));
  const last = records.at(-1)?.nominal ?? 0;
  return eras.flatMap(({ deploys, by }, i) => {
    const schedule = schedulesOf(deploys).find((each) => each.name === name);
    if (schedule === undefined) return [`${name}: no such schedule`];
    const { next } = nominalTimes(schedule.rule);
    const end = eras[i + 1]?.from ?? last;
    const gaps: string[] = [];
    for (let at = next(by); at !== undefined && at <= end; at = next(at)) {
      if (!recorded.has(at)) gaps.push(`${name}: ${new Date(at).toISOString()} of deploy ${deploys} is lost`);
    }
    return gaps;
  });
}
