/**
 * A hostile run: the whole service, as processes, on six origins. Five are well. The sixth picks what it does for each call
 * from some seventy bad behaviours. What it does must harm only its own keys, and these no more than it has to.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { seeded } from '../support/chaos-tier.ts';
import { type Forewarm, startForewarm } from '../support/forewarm-process.ts';
import { freePort, startRedisServer } from '../support/redis-server.ts';
import type { Behaviour } from './exchange.ts';
import { BEHAVIOURS, startOrigin, type TestOrigin } from './origins.ts';
import { BUDGET, configOf, GOOD_ORIGINS, HOSTILE, IDS } from './plan.ts';
import { type ReadEntry, Watch } from './watch.ts';

export interface HostileOptions {
  readonly seed: number;
  /** How long the origin misbehaves, once every good key is warm. */
  readonly seconds: number;
  /** All of them unless told. */
  readonly behaviours?: readonly Behaviour[];
  readonly say?: (text: string) => void;
}

export interface HostileReport {
  readonly problems: readonly string[];
  readonly looks: number;
  readonly worstStaleMs: number;
  /** Of all behaviours, how many were shown at least once. */
  readonly shown: number;
  readonly calls: Readonly<Record<string, number>>;
  /** Of any process, in bytes. */
  readonly peakRss: number;
}

/** Of the calls to the hostile origin, so many are answered well: it is not down. */
const GOOD_SHARE = 0.25;
const LOOK_EVERY_MS = 200;
/** Patience: beside eight busy loops a start takes ten times as long. */
const WARM_WITHIN_MS = 240_000;
const MOST_RSS = 500_000_000;
/** An origin counts arrivals: calls that began evenly spaced bunch on a busy machine. */
const BUNCHED = 1.5;
const SAY_EVERY = 150;

export async function hostile(options: HostileOptions): Promise<HostileReport> {
  const { seed, seconds, behaviours = BEHAVIOURS, say = () => {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-hostile-'));
  const redis = await startRedisServer({ aof: true });
  const good = await Promise.all(
    GOOD_ORIGINS.map((_, i) => startOrigin({ random: seeded(seed + i), behaviours: [], goodShare: 1 })),
  );
  const bad = await startOrigin({ random: seeded(seed + 100), behaviours, goodShare: GOOD_SHARE });
  const origins = new Map([
    ...GOOD_ORIGINS.map((name, i) => [name, good[i]] as const),
    [HOSTILE, bad] as const,
  ]);
  const processes: Forewarm[] = [];
  try {
    const port = await freePort();
    const config = await writeConfig(folder, redis.url, port, origins);
    processes.push(startForewarm(config, ['up', '--warm']), startForewarm(config, ['worker']));
    const watch = new Watch(bad);
    const rss = await observe({ watch, port, processes, seconds, say });
    return reportOf(watch, origins, rss);
  } finally {
    await Promise.all(processes.map((each) => each.end('SIGKILL').catch(() => undefined)));
    await Promise.all([...good, bad].map((origin) => origin.close()));
    await redis.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeConfig(
  folder: string,
  redis: string,
  port: number,
  origins: ReadonlyMap<string, TestOrigin | undefined>,
): Promise<string> {
  const urls = Object.fromEntries([...origins].map(([name, origin]) => [name, origin?.url ?? '']));
  const path = join(folder, 'forewarm.yaml');
  await writeFile(path, stringify(configOf({ folder, redis, port, urls })));
  await writeFile(join(folder, 'places.csv'), `place\n${IDS.join('\n')}\n`);
  return path;
}

interface Observed {
  readonly watch: Watch;
  readonly port: number;
  readonly processes: readonly Forewarm[];
  readonly seconds: number;
  readonly say: (text: string) => void;
}

/** Looks at every value until the time is over or something is wrong. Returns the most memory that a process took. */
async function observe({ watch, port, processes, seconds, say }: Observed): Promise<number> {
  const keys = Watch.keys();
  let rss = 0;
  let end = performance.now() + WARM_WITHIN_MS;
  let isWarm = false;
  while (performance.now() < end && watch.problems.length === 0) {
    const at = Date.now();
    const entries = await read(port, keys);
    watch.look(entries, at);
    if (!isWarm && watch.isWarm) {
      isWarm = true;
      end = performance.now() + seconds * 1_000;
    }
    rss = Math.max(rss, ...(await Promise.all(processes.map(({ pid }) => rssOf(pid)))));
    if (watch.looks % SAY_EVERY === 0) say(`${watch.looks} looks, most memory ${Math.round(rss / 1e6)} MB`);
    await pause(LOOK_EVERY_MS);
  }
  if (!isWarm) watch.problems.push(`the good keys were not warm within ${WARM_WITHIN_MS / 1_000} s`);
  return rss;
}

/** Nothing while the API is not there yet. */
async function read(port: number, keys: readonly string[]): Promise<readonly ReadEntry[]> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/reads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ keys }),
  }).catch(() => undefined);
  if (response?.ok !== true) return [];
  return ((await response.json()) as { readonly entries: readonly ReadEntry[] }).entries;
}

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}

function reportOf(
  watch: Watch,
  origins: ReadonlyMap<string, TestOrigin | undefined>,
  peakRss: number,
): HostileReport {
  const problems = [...watch.problems];
  const calls: Record<string, number> = {};
  for (const [name, origin] of origins) {
    const counts = origin?.counts();
    if (counts === undefined) continue;
    calls[name] = counts.calls;
    if (counts.peakPerSecond > BUDGET.perSecond * BUNCHED)
      problems.push(`${name} was called ${counts.peakPerSecond} times in a second`);
    if (counts.peakInFlight > BUDGET.concurrency + 1)
      problems.push(`${name} had ${counts.peakInFlight} calls at a time`);
  }
  if (peakRss > MOST_RSS) problems.push(`a process took ${Math.round(peakRss / 1e6)} MB`);
  const shown = Object.keys(origins.get(HOSTILE)?.counts().byBehaviour ?? {}).length;
  return { problems, looks: watch.looks, worstStaleMs: watch.worstStale, shown, calls, peakRss };
}
