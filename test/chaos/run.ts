/** A chaos run from its beginning to its end, and the story of the first promise that was broken. */
import { setTimeout as pause } from 'node:timers/promises';
import { seeded } from '../support/chaos-tier.ts';
import { befall, type FaultName, faultsWith } from './faults.ts';
import { mono } from './mono.ts';
import type { Below } from './plan.ts';
import type { Bug } from './planted.ts';
import type { Violation } from './records.ts';
import { agree } from './settle.ts';
import { World } from './world.ts';

const JUDGE_EVERY = 200;
const TELL_EVERY = 30_000;

export interface ChaosOptions {
  readonly seed: number;
  /** How long things go wrong. */
  readonly seconds: number;
  readonly readers: number;
  readonly workers: number;
  /** Faults at the same time. */
  readonly lanes: number;
  readonly below: Below;
  /** What goes wrong; everything unless told. */
  readonly faults?: readonly FaultName[];
  readonly bug?: Bug;
  readonly say?: (text: string) => void;
}

export interface ChaosReport {
  readonly counts: Readonly<Record<string, number>>;
  /** The story of each broken promise, readable; empty when all were kept. */
  readonly broken: readonly string[];
  /** How long it took until the first, in ms. */
  readonly foundAfter: number | undefined;
}

/** Runs until promises are broken, or to the end. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const world = await World.create({ ...options, bug: options.bug });
  const began = mono();
  try {
    world.observer.start();
    const { faults, foundAfter } = await goWrong(world, options, began);
    if (foundAfter === undefined) await agree(world);
    world.checker.judge(true);
    const broken = world.checker.violations.map((one) => storyOf(world, one, began, options));
    return { counts: { ...world.checker.counts, faults }, broken: broken.slice(0, 3), foundAfter };
  } finally {
    await world.close();
  }
}

/** Lets things go wrong until the time is over or a promise is broken, and puts them right. */
async function goWrong(world: World, options: ChaosOptions, began: number) {
  const { seed, seconds, lanes, below, faults: names = faultsWith(below), say = () => {} } = options;
  const { checker } = world;
  const found = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(seconds * 1_000), found.signal]);
  const falling = Array.from({ length: lanes }, (_, lane) =>
    befall(world, { names, random: seeded(seed * 31 + lane), signal }),
  );
  let told = mono();
  while (!signal.aborted) {
    await pause(JUDGE_EVERY);
    checker.judge();
    if (checker.violations.length > 0) found.abort();
    if (mono() - told < TELL_EVERY) continue;
    told = mono();
    say(`${Math.round((told - began) / 1_000)} s: ${countsText(checker.counts)}`);
  }
  const foundAfter = found.signal.aborted ? mono() - began : undefined;
  const faults = (await Promise.all(falling)).reduce((sum, count) => sum + count, 0);
  return { faults, foundAfter };
}

export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

const GUARANTEES = {
  2: 'newest wins',
  3: 'invalidation holds',
  6: 'reads survive',
  8: 'promotion never resets age',
} as const;

function storyOf({ checker }: World, violation: Violation, began: number, options: ChaosOptions): string {
  const { guarantee, key, story } = violation;
  const times = story.map(({ at }) => at);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const { disturbances } = checker;
  const around = [...disturbances.between(from, to), ...disturbances.complaints(from, to)];
  const lines = [...story, ...around]
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `  ${((at - began) / 1_000).toFixed(3).padStart(9)} s  ${text}`);
  const { seed, seconds, readers, workers, lanes, below, faults, bug } = options;
  const again = [
    `--seed ${seed} --seconds ${seconds} --readers ${readers} --workers ${workers} --lanes ${lanes} --below ${below}`,
    ...(faults === undefined ? [] : [`--faults ${faults.join(',')}`]),
    ...(bug === undefined ? [] : [`--bug ${bug}`]),
  ].join(' ');
  return [
    `guarantee ${guarantee} (${GUARANTEES[guarantee]}) is broken for ${key}, seed ${seed}:`,
    ...lines,
    `  again: npm run test:chaos -- ${again}`,
  ].join('\n');
}
