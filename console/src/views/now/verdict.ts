/** One sentence that is true: whether everything is warm, by what was measured last. */
import type { Overview } from '../../../../src/api-client/client.ts';
import { counted, exact, percent } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import type { Tone } from '../../parts/tone.ts';

/** What is known of a source. Unknown is null. */
export interface SourceNow {
  readonly source: string;
  readonly temperature: string;
  readonly keys: number;
  readonly due: number;
  readonly failing: number;
  /** The share that is warm in any tier, by a sample. */
  readonly warm: number | null;
  /** By tier. */
  readonly tiers: ReadonlyMap<string, number>;
  /** Keys in that sample. */
  readonly sampled: number;
  /** Shares of it. */
  readonly fresh: number | null;
  readonly stale: number | null;
  /** The share of reads by applications that got a warm value, or heard that there is none; null: none was reported. */
  readonly reads: number | null;
  /** For how long the key has been due that is due longest, in ms. */
  readonly lag: number | null;
}

export interface Verdict {
  readonly tone: Tone;
  readonly sentence: string;
  readonly detail: string;
  /** Whether it rests on anything that was measured. */
  readonly measured: boolean;
}

/** Any tier together. */
const ANY = 'stack';
/** Sources that a sentence names. */
const NAMED = 3;

export function sourcesNow({ sources, statistics }: Overview): SourceNow[] {
  return sources.map(({ source, temperature, keys, due, failing }) => {
    const shares = statistics.coverage.filter((each) => each.source === source);
    const stored = statistics.stored.find((each) => each.source === source);
    const tiers = new Map(shares.filter(({ tier }) => tier !== ANY).map(({ tier, warm }) => [tier, warm]));
    return {
      ...{ source, temperature, keys, due, failing, tiers },
      warm: shares.find(({ tier }) => tier === ANY)?.warm ?? null,
      sampled: stored?.sampled ?? 0,
      fresh: stored?.fresh ?? null,
      stale: stored?.stale ?? null,
      reads: warmReads(statistics.answers.filter((each) => each.source === source)),
      lag: statistics.worklist.find((each) => each.source === source)?.lag ?? null,
    };
  });
}

/** For how long the oldest of what is due has been so. */
export function lagOf(lag: number | null): string {
  if (lag === null) return '–';
  return lag === 0 ? 'none' : duration(lag);
}

/** By what applications got since processes started. */
export function warmReads(answers: Overview['statistics']['answers']): number | null {
  const warm = sum(answers.map(({ value, absent }) => value + absent));
  const all = warm + sum(answers.map(({ stale, missing, unavailable }) => stale + missing + unavailable));
  return all === 0 ? null : warm / all;
}

export function verdictOf(sources: readonly SourceNow[]): Verdict {
  if (sources.length === 0) {
    return calm(
      'Nothing is configured to be kept warm.',
      'Add a source and an entity set to the configuration.',
    );
  }
  const kept = sources.filter(({ keys }) => keys > 0);
  if (kept.length === 0) {
    return calm('No key is kept warm yet.', 'Schedules add keys as they fire; `forewarm warm` does it now.');
  }
  const known = kept.filter(({ warm }) => warm !== null);
  if (known.length === 0) {
    return {
      tone: 'warn',
      sentence: 'Whether everything is warm is not known.',
      detail: 'No process has measured it: a worker does so every few seconds, once one is running.',
      measured: false,
    };
  }
  return judged(kept, known);
}

function judged(kept: readonly SourceNow[], known: readonly SourceNow[]): Verdict {
  const cold = known.filter(({ warm }) => (warm ?? 1) < 1).toSorted((a, b) => (a.warm ?? 1) - (b.warm ?? 1));
  const keys = sum(known.map((each) => each.keys));
  const sampled = sum(known.map((each) => each.sampled));
  const unknown = kept.length - known.length;
  const rest = unknown === 0 ? '' : ` Of ${counted(unknown, 'more source')} it is not known.`;
  const isWhole = sampled >= keys;
  const basis = isWhole ? `Each of ${counted(keys, 'key')} was looked at.` : sampleOf(sampled, keys);
  if (cold.length === 0) {
    const all = isWhole ? 'Everything is warm.' : 'Everything is warm, as far as a sample shows.';
    const sentence = unknown > 0 ? 'All that was measured is warm.' : all;
    return { tone: unknown > 0 ? 'warn' : 'good', sentence, detail: basis + rest, measured: true };
  }
  const share = sum(known.map((each) => each.keys * (each.warm ?? 0))) / keys;
  const sentence =
    share === 0
      ? 'Nothing is warm.'
      : `${percent(share)} of ${counted(keys, 'key')} is warm: ${worst(cold)}.`;
  return { tone: share < 0.9 ? 'bad' : 'warn', sentence, detail: basis + rest, measured: true };
}

function worst(cold: readonly SourceNow[]): string {
  const named = cold.slice(0, NAMED).map(({ source, warm }) => `${source} ${percent(warm)}`);
  const more = cold.length - named.length;
  return named.join(', ') + (more > 0 ? `, and ${exact(more)} more` : '');
}

function sampleOf(sampled: number, keys: number): string {
  return `By a random sample of ${exact(sampled)} of ${counted(keys, 'key')}.`;
}

function calm(sentence: string, detail: string): Verdict {
  return { tone: 'calm', sentence, detail, measured: false };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
