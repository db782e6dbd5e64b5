import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../../src/core/metrics/histogram.ts';
import { METRICS } from '../../src/core/metrics/metrics.ts';
import { NO_STATISTICS, type Statistics, sumStatistics } from '../../src/core/metrics/statistics.ts';
import { anyStatistics } from '../support/any-statistics.ts';
import { type Family, parseExposition } from '../support/exposition-parser.ts';
import { metricsText } from '../support/metrics-text.ts';
import { promtool } from '../support/prometheus.ts';

const exposition = (statistics: Statistics) => metricsText(statistics, undefined).text;

const AWKWARD = fc.oneof(
  fc.constantFrom('', '"', '\\', '\n', '\\n', 'a"b\\c\nd', '}', ',le="1"', '# HELP', 'ü😀'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

function seriesOf({ samples }: Family): (readonly [string, number])[] {
  return samples.map(({ name, labels, value }) => [
    `${name} ${[...labels].map(([label, text]) => `${label}=${text}`).join(' ')}`,
    value,
  ]);
}

function checkText(render: (statistics: Statistics) => string): void {
  fc.assert(
    fc.property(anyStatistics(AWKWARD), (statistics) => {
      const families = parseExposition(render(statistics));
      const evicted = families.get('forewarm_evicted_entries_total')?.samples ?? [];
      expect(evicted.map(({ labels, value }) => ({ tier: labels.get('tier'), value }))).toEqual(
        statistics.evicted.map(({ tier, keys }) => ({ tier, value: keys })),
      );
    }),
    { numRuns: 40 },
  );
}

describe('the text for Prometheus', () => {
  test('follows the grammar, and preserves every label', () => checkText(exposition));

  test('is caught when it does not escape', () => {
    const unescaped = (statistics: Statistics) => exposition(statistics).replace(/\\(["\\])/g, '$1');
    expect(() => checkText(unescaped)).toThrow('Property failed');
  });

  test('has one family per metric, with its kind and meaning, in base units', () => {
    const histogram = new Histogram();
    for (const ms of [0.1, 3, 3, 100_000]) histogram.record(ms);
    const statistics: Statistics = {
      ...NO_STATISTICS,
      reads: [{ tier: 'memory', source: 'quote', hits: 3, stale: 1, absent: 0, misses: 2, errors: 0 }],
      calls: [{ tier: 'redis', verb: 'get', calls: 5, failed: 1, keys: 9, buckets: histogram.buckets() }],
      coded: [{ tier: 'redis', source: 'quote', plain: 1_000, stored: 250 }],
      ticks: [{ schedule: 'hot', latest: 1_700_000_000_500, ran: 1, buckets: [] }],
      problems: 4,
    };
    const families = parseExposition(exposition(statistics));
    const of = (name: string) => families.get(name) ?? expect.fail(name);
    expect(seriesOf(of('forewarm_reads_total'))).toEqual([
      ['forewarm_reads_total tier=memory source=quote result=hit', 3],
      ['forewarm_reads_total tier=memory source=quote result=stale', 1],
      ['forewarm_reads_total tier=memory source=quote result=absent', 0],
      ['forewarm_reads_total tier=memory source=quote result=miss', 2],
      ['forewarm_reads_total tier=memory source=quote result=error', 0],
    ]);
    expect(seriesOf(of('forewarm_coded_stored_bytes_total'))).toEqual([
      ['forewarm_coded_stored_bytes_total tier=redis source=quote', 250],
    ]);
    expect(seriesOf(of('forewarm_latest_tick_timestamp_seconds'))).toEqual([
      ['forewarm_latest_tick_timestamp_seconds schedule=hot', 1_700_000_000.5],
    ]);
    expect(seriesOf(of('forewarm_problems_total'))).toEqual([['forewarm_problems_total ', 4]]);
    const durations = new Map(seriesOf(of('forewarm_tier_call_duration_seconds')));
    const at = (rest: string) => durations.get(`forewarm_tier_call_duration_seconds${rest}`);
    expect(at('_bucket tier=redis verb=get le=0.000125')).toBe(1);
    expect(at('_bucket tier=redis verb=get le=0.002')).toBe(1);
    expect(at('_bucket tier=redis verb=get le=0.004')).toBe(3);
    expect(at('_bucket tier=redis verb=get le=65.536')).toBe(3);
    expect(at('_bucket tier=redis verb=get le=+Inf')).toBe(4);
    expect(at('_count tier=redis verb=get')).toBe(4);
    expect(Math.abs((at('_sum tier=redis verb=get') ?? 0) / 100.0061 - 1)).toBeLessThan(1 / 64);
    for (const { name, type, help } of families.values()) {
      const declared = METRICS.find((metric) => metric.name === name);
      expect({ type, help }).toEqual({ type: declared?.kind, help: declared?.meaning });
    }
  });

  test('is to the taste of Prometheus in every metric', async () => {
    const some = sumStatistics(fc.sample(anyStatistics(fc.constantFrom('a', 'b')), { seed: 1, numRuns: 5 }));
    expect(parseExposition(exposition(some)).size).toBe(METRICS.length);
    expect(await promtool(['check', 'metrics'], exposition(some))).toEqual({ code: 0, said: '' });
  });

  test('of a sum has the sums of what each process would show', () => {
    fc.assert(
      fc.property(
        anyStatistics(fc.constantFrom('a', 'b')),
        anyStatistics(fc.constantFrom('a', 'b')),
        (a, b) => {
          const durations = (statistics: Statistics) =>
            new Map(
              [parseExposition(exposition(statistics)).get('forewarm_tier_call_duration_seconds')].flatMap(
                (family) => (family === undefined ? [] : seriesOf(family)),
              ),
            );
          const [first, second] = [durations(a), durations(b)];
          for (const [series, value] of durations(sumStatistics([a, b]))) {
            expect(value, series).toBeCloseTo((first.get(series) ?? 0) + (second.get(series) ?? 0), 3);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test('of an idle process has the number of problems alone, which is 0', () => {
    expect(exposition(NO_STATISTICS)).toBe(
      '# HELP forewarm_problems_total What went wrong while nothing waited for it; the log says what.\n' +
        '# TYPE forewarm_problems_total counter\nforewarm_problems_total 0\n',
    );
  });
});
