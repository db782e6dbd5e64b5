import { expect, test } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { HTTP_STATUSES, methodTerm, statusTerm } from '../../../src/core/http-terms.ts';
import { LABELS, type Label, mostRows } from '../../../src/core/metrics/labels.ts';
import { counter, type Metric, UNITS } from '../../../src/core/metrics/metric.ts';
import { METRICS } from '../../../src/core/metrics/metrics.ts';
import { otelAttribute, otelName } from '../../../src/core/metrics/otel-names.ts';
import { ReadCounts } from '../../../src/core/metrics/read-counts.ts';
import { GROUPS, rowsOf } from '../../../src/core/metrics/statistics.ts';
import { newCounters, SOME_COUNTS } from '../../support/counters.ts';

const ALL: readonly Metric[] = METRICS;

const SUFFIXES: Readonly<Record<string, string>> = {
  ...{ s: '_seconds', By: '_bytes', '1': '_ratio' },
  '{call}/s': '_per_second',
};

/** By OpenTelemetry's rule: dots become underscores, then the unit, then `_total`. */
function prometheusName(name: string, ucum: string, kind: string): string {
  const suffix = SUFFIXES[ucum] ?? '';
  return `${name.replaceAll('.', '_')}${suffix}${kind === 'counter' ? '_total' : ''}`;
}

test('what sends metrics over OTLP to Prometheus finds the names that a scrape has', () => {
  for (const metric of ALL)
    expect(prometheusName(otelName(metric), UNITS[metric.unit].ucum, metric.kind)).toBe(metric.name);
  expect(new Set(ALL.map(otelName)).size).toBe(ALL.length);
});

test('names over OTLP are in the namespace of Forewarm, or those of the conventions', () => {
  for (const metric of ALL)
    expect(otelName(metric)).toMatch(/^(forewarm|http\.(client|server)|db\.client)\.[a-z.]+[a-z]$/);
  expect(otelName({ name: 'forewarm_tier_call_duration_seconds', kind: 'histogram', unit: 'ms' })).toBe(
    'forewarm.tier.call.duration',
  );
  expect(otelAttribute('http_response_status_code')).toBe('http.response.status_code');
  expect(otelAttribute('tier')).toBe('tier');
});

test('every label that is declared is used, and says what it means', () => {
  const used = new Set(ALL.flatMap(({ labels }) => labels));
  expect(Object.keys(LABELS).filter((label) => !used.has(label as Label))).toEqual([]);
  for (const { meaning } of Object.values(LABELS)) expect(meaning).toMatch(/^[A-Z].*\.$/);
});

test('a metric by what has no bound cannot be declared', () => {
  counter('forewarm_liars_total', 'keys', 'A liar.', {
    ...{ on: 'key:failed', group: 'liars', as: 'keys', value: () => 1 },
    // @ts-expect-error A key is no label.
    by: ['key'],
  });
  counter('forewarm_liars_total', 'keys', 'A liar.', {
    ...{ on: 'key:failed', group: 'liars', as: 'keys', value: () => 1 },
    // @ts-expect-error Nor is a text that says why.
    by: ['source', 'run'],
  });
});

test('whatever sources, tiers and kinds events name, there are no more rows than the configuration allows', () => {
  const events = new Events();
  const reads = new ReadCounts(mostRows(['tier', 'source'], SOME_COUNTS));
  const counters = newCounters({ reads });
  counters.start(events);
  for (let i = 0; i < 1_000; i += 1) {
    events.emit('origin:call', { origin: `o${i}`, source: `s${i}`, keys: 1, ms: 1, result: 'ok' });
    events.emit('job:ended', { kind: `k${i}`, id: '1', lane: 'l', ms: 1, ending: `e${i}` });
    events.emit('keys:ended', { source: `s${i}`, outcomes: { warmed: 1 } });
    const of = { server_address: `h${i}`, server_port: `${i}`, ms: 1 };
    const http = { http_request_method: methodTerm(`M${i}`), http_response_status_code: statusTerm(i) };
    const error_type = statusTerm(i);
    events.emit('http:called', { ...of, ...http, error_type });
    events.emit('http:served', { ...http, url_scheme: 'http', http_route: `/r/${i}`, error_type, ms: 1 });
    const db = { db_system_name: 'postgresql', db_namespace: `d${i}`, db_operation_name: `O${i}` } as const;
    events.emit('db:called', { ...of, ...db, error_type: 'refused' });
    events.emit('schedule:skipped', { schedule: `n${i}`, nominal: 0, from: 0, count: 1, reason: 'missed' });
    reads.of(`t${i}`, `s${i}`).hits += 1;
  }
  const statistics = counters.snapshot();
  for (const [group, metrics] of GROUPS) {
    const most = mostRows(metrics[0]?.labels ?? [], SOME_COUNTS) + 1;
    expect(rowsOf(statistics, group).length, group).toBeLessThanOrEqual(most);
  }
  const warmed = statistics.outcomes.reduce((sum, row) => sum + row.warmed, 0);
  expect([warmed, statistics.outcomes.at(-1)?.source]).toEqual([1_000, 'other']);
  expect(statistics.reads.reduce((sum, { hits }) => sum + hits, 0)).toBe(1_000);
});

test('whatever statuses and methods are sent, few are named, and each by its own class', () => {
  const terms = new Set(Array.from({ length: 2_000 }, (_, i) => statusTerm(i - 500)));
  expect(terms.size).toBe(HTTP_STATUSES);
  expect([statusTerm(undefined), statusTerm(0), statusTerm(600), statusTerm(Number.NaN)]).toEqual([
    '',
    '',
    '',
    '',
  ]);
  expect([statusTerm(429), statusTerm(499), statusTerm(599), statusTerm(299)]).toEqual([
    '429',
    '400',
    '500',
    '200',
  ]);
  expect([methodTerm('PATCH'), methodTerm('patch'), methodTerm('PROPFIND')]).toEqual([
    'PATCH',
    '_OTHER',
    '_OTHER',
  ]);
});
