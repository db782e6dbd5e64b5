import { describe, expect, test } from 'vitest';
import { type Metric, UNITS } from '../../../src/core/metrics/metric.ts';
import { METRICS } from '../../../src/core/metrics/metrics.ts';
import { READ_ENDS } from '../../../src/core/metrics/read-counts.ts';
import { GROUPS } from '../../../src/core/metrics/statistics.ts';
import { OUTCOMES } from '../../../src/core/outcome.ts';

const ALL: readonly Metric[] = METRICS;

describe('the declared metrics', () => {
  test.each(ALL.map((metric) => [metric.name, metric] as const))(
    '%s says its base unit and its kind in its name, and what it means in a sentence',
    (name, { kind, unit, meaning }) => {
      const total = kind === 'counter' ? '_total' : '';
      expect(name).toMatch(
        new RegExp(`^(forewarm|http_(client|server)|db_client)(_[a-z]+)+?${UNITS[unit].suffix}${total}$`),
      );
      expect(name.endsWith('_total')).toBe(kind === 'counter');
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    },
  );

  test('have names of their own', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  });

  test.each([...GROUPS])('of group %s share their labels, and each has columns of its own', (_, metrics) => {
    for (const { labels } of metrics) expect(labels).toEqual(metrics[0]?.labels);
    const columns = metrics.flatMap((metric) => Object.keys(metric.columns));
    expect(new Set(columns).size).toBe(columns.length);
    for (const label of metrics[0]?.labels ?? []) expect(columns).not.toContain(label);
  });

  test('that own several columns tell them apart by the value of one label', () => {
    for (const { name, columns, labels } of ALL) {
      const own = Object.values(columns).map((column) => Object.entries(column.labels));
      if (own.length === 1) continue;
      for (const each of own) expect(each, name).toHaveLength(1);
      expect(new Set(own.map(([pair]) => pair?.[0])).size, name).toBe(1);
      expect(new Set(own.map(([pair]) => pair?.[1])).size, name).toBe(own.length);
      expect(labels, name).not.toContain(own[0]?.[0]?.[0]);
    }
  });

  test('count every end of a read and every outcome of a key', () => {
    const columnsOf = (wanted: string) =>
      Object.keys(ALL.find(({ name }) => name === wanted)?.columns ?? {}).toSorted();
    expect(columnsOf('forewarm_reads_total')).toEqual(READ_ENDS.toSorted());
    expect(columnsOf('forewarm_keys_ended_total')).toEqual(OUTCOMES.toSorted());
  });
});
