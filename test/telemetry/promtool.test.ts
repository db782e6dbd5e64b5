/** Prometheus's own opinion of what `/metrics` says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyStatistics } from '../support/any-statistics.ts';
import { metricsText } from '../support/metrics-text.ts';
import { promtool } from '../support/prometheus.ts';

const LABELS = fc.constantFrom('', '"', '\\', '\n', '}', 'ü', 'redis');

test('promtool finds nothing wrong with names, types, help and values, whatever the labels are', async () => {
  for (const statistics of fc.sample(anyStatistics(LABELS), { numRuns: 3, seed: 1 })) {
    const { text } = metricsText(statistics, 'text/plain');
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
  }
});

test.each([
  ['a counter without its suffix', '# HELP a b\n# TYPE a counter\na 1\n'],
  ['a metric without help', '# TYPE a_total counter\na_total 1\n'],
  ['a value that is no number', 'a one\n'],
])('promtool would find %s', async (_, text) => {
  expect((await promtool(['check', 'metrics'], text)).code).not.toBe(0);
});
