import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import type { ExemplarPlace } from '../../src/core/metrics/exemplars.ts';
import type { Statistics } from '../../src/core/metrics/statistics.ts';
import { METRICS_TYPES } from '../../src/telemetry/exposition.ts';
import { anyStatistics } from '../support/any-statistics.ts';
import { newCounters } from '../support/counters.ts';
import { parseExposition } from '../support/exposition-parser.ts';
import { metricsText } from '../support/metrics-text.ts';
import { parseOpenMetrics } from '../support/openmetrics-parser.ts';

const OPEN = 'application/openmetrics-text';
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

const AWKWARD = fc.oneof(
  fc.constantFrom('', '"', '\\', '\n', '\\n', 'a"b\\c\nd', '}', ',le="1"', '# EOF', ' # {a="b"} 1 1', 'ü😀'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

function checkText(render: (statistics: Statistics) => string): void {
  fc.assert(
    fc.property(anyStatistics(AWKWARD), (statistics) => {
      const families = parseOpenMetrics(render(statistics));
      const plain = parseExposition(metricsText(statistics, 'text/plain').text);
      const valuesOf = (samples: readonly { labels: ReadonlyMap<string, string>; value: number }[] = []) =>
        samples.map(({ labels, value }) =>
          [...labels].filter(([name]) => name !== 'le').concat([['', String(value)]]),
        );
      for (const [name, { type, samples }] of plain) {
        const family = families.get(type === 'counter' ? name.replace(/_total$/, '') : name);
        expect(valuesOf(family?.samples), name).toEqual(valuesOf(samples));
      }
    }),
    { numRuns: 50 },
  );
}

/** Counts a call of a tier for each of the spans; the clock goes by `step` ms in between. */
function counted(spans: readonly (ExemplarPlace | undefined)[], step = 1_000) {
  let span: ExemplarPlace | undefined;
  let now = 1_700_000_000_250 - step;
  const events = new Events();
  const counters = newCounters({ span: () => span, now: () => now });
  counters.start(events);
  for (const [i, each] of spans.entries()) {
    span = each;
    now += step;
    events.emit('tier:call', { tier: 'redis', verb: 'get', keys: 1, ms: 3 + i / 2, ok: true });
  }
  return metricsText(counters.snapshot(), OPEN, counters.exemplars).text;
}

const spanOf = (letter: string): ExemplarPlace => ({ traceId: letter.repeat(32), spanId: letter.repeat(16) });

describe('the text for OpenMetrics', () => {
  test('follows the grammar, and says the same as the text of Prometheus', () =>
    checkText((statistics) => metricsText(statistics, OPEN).text));

  test.each([
    ['its end', (text: string) => text.replace('# EOF\n', '')],
    ['escapes in labels', (text: string) => text.replace(/\\(["\\])/g, '$1')],
    ['the ends of the names of counters', (text: string) => text.replaceAll('_total', '')],
  ])('is refused without %s', (_, spoil) => {
    expect(() => checkText((statistics) => spoil(metricsText(statistics, OPEN).text))).toThrow();
  });

  test.each([
    ['a second after the one before', 1_000, { span: 'b', value: 0.0035, at: 1_700_000_001.25 }],
    ['no sooner', 999, { span: 'a', value: 0.003, at: 1_700_000_000.25 }],
    ['when the clock was set back', -60_000, { span: 'b', value: 0.0035, at: 1_699_999_940.25 }],
  ])('has the trace of another of a bucket %s', (_, step, { span, ...counting }) => {
    const family = parseOpenMetrics(counted([spanOf('a'), spanOf('b'), undefined], step)).get(
      'forewarm_tier_call_duration_seconds',
    );
    const exemplars = family?.samples.flatMap(({ labels, exemplar }) =>
      exemplar ? [{ le: labels.get('le'), ...exemplar }] : [],
    );
    const ids: readonly [string, string][] = [
      ['trace_id', span.repeat(32)],
      ['span_id', span.repeat(16)],
    ];
    expect(exemplars).toEqual([{ le: '0.004', ...counting, labels: new Map(ids) }]);
  });

  test('has no exemplars where nothing is traced, and those of counters', () => {
    expect(counted([undefined])).not.toContain('trace_id');
    const calls = parseOpenMetrics(counted([spanOf('c')])).get('forewarm_tier_calls')?.samples;
    expect(calls?.[0]?.exemplar?.labels.get('trace_id')).toBe('c'.repeat(32));
  });
});

describe('the format of a scrape', () => {
  test.each([
    ['what Prometheus sends', PROMETHEUS, 'openMetrics'],
    ['OpenMetrics', OPEN, 'openMetrics'],
    ['OpenMetrics, in capitals', 'Application/OpenMetrics-Text; Version=1.0.0', 'openMetrics'],
    ['nothing', undefined, 'text'],
    ['an empty field', '', 'text'],
    ['anything', '*/*', 'text'],
    ['any application', 'application/*', 'text'],
    ['plain text above OpenMetrics', `${OPEN};q=0.1, text/plain`, 'text'],
    ['OpenMetrics, weighted with nothing', `${OPEN};q=0`, 'text'],
    ['what does not exist', 'application/xml', 'text'],
  ] as const)('follows %s', (_, accept, format) => {
    expect(metricsText(newCounters().snapshot(), accept).type).toBe(METRICS_TYPES[format]);
  });

  test('leaves exemplars out of the text of Prometheus, which has none', () => {
    const counters = newCounters({ span: () => spanOf('a') });
    const events = new Events();
    counters.start(events);
    events.emit('tier:call', { tier: 'redis', verb: 'get', keys: 1, ms: 3, ok: true });
    const { text } = metricsText(counters.snapshot(), undefined, counters.exemplars);
    expect(text).not.toContain('trace_id');
    expect(() => parseExposition(text)).not.toThrow();
  });
});
