/** A few calls to origins, inside their budgets, to compare with reads from tiers. What they return is discarded. */

import { apartOf, CALL_OUTCOMES, type CallReport, type Ledger } from '../../budget/ledger.ts';
import type { Clock } from '../../core/clock.ts';
import type { Entry } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import { Histogram } from '../../core/metrics/histogram.ts';
import type { Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import type { Origin, OriginRequest } from '../../origins/origin.ts';
import type { BenchReport } from './bench-report.ts';
import { timingOf } from './timing.ts';

export interface OriginBenchDeps {
  readonly origins: ReadonlyMap<string, Origin>;
  readonly ledger: Ledger;
  readonly sources: Sources;
  readonly clock: Clock;
}

interface Wanted {
  readonly sample: readonly Entry[];
  /** In all. */
  readonly calls: number;
  readonly tiers: BenchReport['tiers'];
}

/** How long an origin that says "too many" without a time is left alone. */
const THROTTLE_MS = 1_000;

type Row = BenchReport['origins'][number];

/** What was measured of a source so far. */
interface Line {
  readonly source: Source;
  readonly requests: readonly OriginRequest[];
  readonly durations: Histogram;
  keys: number;
  ms: number;
  error: string | null;
}

/** The sources take turns until the calls are used up; one that fails is not called again. */
export async function benchOrigins(
  deps: OriginBenchDeps,
  { sample, calls, tiers }: Wanted,
  signal: AbortSignal,
): Promise<Row[]> {
  const lines = linesOf(deps.sources, sample);
  let left = calls;
  for (let n = 0; left > 0 && lines.some(({ error }) => error === null); n += 1) {
    for (const line of lines) {
      if (left === 0 || line.error !== null) continue;
      await callOnce(deps, line, n, signal);
      left -= 1;
    }
    // Nothing was sampled, so there is nothing to ask for.
    if (lines.length === 0) break;
  }
  const nearest = tiers.find(({ get }) => get !== null);
  return lines
    .filter(({ durations, error }) => durations.total > 0 || error !== null)
    .map((line) => rowOf(line, nearest));
}

function linesOf(sources: Sources, sample: readonly Entry[]): Line[] {
  const bySource = Map.groupBy(sample, ({ head }) => head.source);
  return [...bySource].flatMap(([name, entries]) => {
    const source = sources.get(name);
    if (source === undefined) return [];
    const requests = entries.flatMap(({ head }): OriginRequest[] => {
      const match = source.key.match(head.key);
      const params = head.params ?? (match?.complete === true ? match.params : undefined);
      return params === undefined ? [] : [{ key: head.key, params, known: undefined }];
    });
    if (requests.length === 0) return [];
    return [{ source, requests, durations: new Histogram(), keys: 0, ms: 0, error: null }];
  });
}

async function callOnce(
  { origins, ledger, clock }: OriginBenchDeps,
  line: Line,
  n: number,
  signal: AbortSignal,
): Promise<void> {
  const { source, requests } = line;
  const size = Math.min(Math.max(1, source.keysPerCall), requests.length);
  const from = (n * size) % requests.length;
  const group = [...requests, ...requests].slice(from, from + size);
  try {
    const permit = await ledger.permit(source.origin, signal);
    const began = clock.elapsed();
    let report: CallReport | undefined;
    try {
      await origins.get(source.origin)?.fetchMany(source, group, signal);
      report = { outcome: 'ok', ms: clock.elapsed() - began };
    } catch (error) {
      if (error instanceof OriginError)
        report = { outcome: CALL_OUTCOMES[error.class], apart: apartOf(error), ms: clock.elapsed() - began };
      throw error;
    } finally {
      permit.release(report);
    }
    const { ms } = report;
    line.durations.record(ms);
    line.ms += ms;
    line.keys += group.length;
  } catch (error) {
    signal.throwIfAborted();
    line.error = messageOf(error);
    if (error instanceof OriginError && error.class === 'throttled')
      await ledger.pause(source.origin, error.retryAt ?? clock.now() + THROTTLE_MS, line.error);
  }
}

function rowOf(
  { source, durations, keys, ms, error }: Line,
  nearest: BenchReport['tiers'][number] | undefined,
): Row {
  const call = durations.total === 0 ? null : timingOf(durations, keys, ms);
  const cached = nearest?.get?.p50 ?? 0;
  return {
    ...{ source: source.name, origin: source.origin, call, error, tier: nearest?.tier ?? null },
    timesFaster: call === null || cached === 0 ? null : call.p50 / cached,
  };
}
