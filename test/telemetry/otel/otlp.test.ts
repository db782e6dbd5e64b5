import * as api from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { METRICS } from '../../../src/core/metrics/metrics.ts';
import { otelAttribute, otelName } from '../../../src/core/metrics/otel-names.ts';
import { NO_STATISTICS } from '../../../src/core/metrics/statistics.ts';
import { startLogging } from '../../../src/telemetry/logging.ts';
import { type TelemetryOptions, telemetryOptions } from '../../../src/telemetry/otel-options.ts';
import { signalsOf } from '../../../src/telemetry/telemetry.ts';
import { anyStatistics } from '../../support/any-statistics.ts';
import { type Family, parseExposition } from '../../support/exposition-parser.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { metricsText } from '../../support/metrics-text.ts';
import { startGrpcReceiver } from '../../support/otlp-grpc-receiver.ts';
import { type ReceivedMetric, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { ROOT, sending } from './sending.steps.ts';

/** Nothing listens there. */
const AWAY = 'http://127.0.0.1:9';

/** What the text says of a metric, as OpenTelemetry would. */
function samplesOf(families: ReadonlyMap<string, Family>) {
  return METRICS.flatMap((metric) => {
    const samples = families.get(metric.name)?.samples ?? [];
    return samples.map(({ name, labels, value }) => {
      // Prometheus takes an empty label for one that is not there.
      const named = [...labels].filter(([, text]) => text !== '');
      const attributes = named.map(([label, text]) => [otelAttribute(label), text]).sort();
      return `${otelName(metric)}${name.slice(metric.name.length)} ${JSON.stringify(attributes)} ${value}`;
    });
  }).sort();
}

/** The same of what was received. */
function receivedOf(metrics: ReadonlyMap<string, ReceivedMetric>) {
  const line = (name: string, attributes: object, value: number) =>
    `${name} ${JSON.stringify(Object.entries(attributes).sort())} ${value}`;
  return [...metrics.values()]
    .flatMap(({ name, points, histograms }) => [
      ...points.map(({ attributes, value }) => line(name, attributes, value)),
      ...histograms.flatMap(({ attributes, count, sum, counts, bounds }) => [
        ...counts.map((_, i) => {
          const le = bounds[i] === undefined ? '+Inf' : String(bounds[i]);
          const upTo = counts.slice(0, i + 1).reduce((a, b) => a + b, 0);
          return line(`${name}_bucket`, { ...attributes, le }, upTo);
        }),
        line(`${name}_sum`, attributes, sum),
        line(`${name}_count`, attributes, count),
      ]),
    ])
    .sort();
}

describe.each(['http/protobuf', 'http/json', 'grpc'])('what is sent by %s', (protocol) => {
  const started = () => (protocol === 'grpc' ? startGrpcReceiver() : startOtlpReceiver());

  test('are the numbers of /metrics, under the names of OpenTelemetry', async () => {
    const receiver = await started();
    const [statistics = NO_STATISTICS] = fc.sample(anyStatistics(fc.constantFrom('a', 'b"\n', 'ü', '')), {
      seed: 7,
      numRuns: 1,
    });
    const { shutdown } = await sending({ statistics, otlp: { endpoint: receiver.url, protocol } });
    await shutdown();
    const { text } = metricsText(statistics, undefined);
    expect(receivedOf(receiver.metrics)).toEqual(samplesOf(parseExposition(text)));
    expect(receiver.metrics.get('forewarm.reads')).toMatchObject({ isMonotonic: true, unit: '{key}' });
  });

  test('are spans with their process, their links and what went wrong', async () => {
    const receiver = await started();
    const from = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };
    const { tracer, events, shutdown } = await sending({
      otlp: { endpoint: receiver.url, protocol, headers: { 'x-key': 'k' } },
    });
    await tracer.root({ ...ROOT, from }, async (span) => {
      events.emit('tier:call', { tier: 'redis', verb: 'put', keys: 3, ms: 2, ok: false });
      events.emit('key:failed', { source: 's', key: 's:1', reason: 'no answer' });
      span.fail('it did not');
    });
    await shutdown();
    const [tier, job] = receiver.spans;
    expect(job).toMatchObject({
      ...{ name: 'job', kind: 5, parentSpanId: '', failure: 'it did not' },
      links: [{ traceId: from.traceId, spanId: from.spanId }],
      events: [{ name: 'key failed', attributes: { 'forewarm.key': 's:1', 'forewarm.reason': 'no answer' } }],
      resource: {
        ...{ 'service.name': 'forewarm', 'service.version': '1.2.3', 'service.instance.id': 'p1' },
        ...{ 'host.name': 'h', 'process.pid': '7', 'forewarm.roles': 'worker' },
      },
    });
    expect(tier).toMatchObject({ name: 'tier put', parentSpanId: job?.spanId, traceId: job?.traceId });
    expect(tier?.attributes).toEqual({ 'forewarm.tier': 'redis', 'forewarm.keys': '3' });
    expect(receiver.requests.map(({ headers }) => headers['x-key'])).toEqual(['k', 'k']);
  });
});

describe('the process of which something is sent', () => {
  test('writes the ids of the span that the receiver gets into the lines of its log', async () => {
    const receiver = await startOtlpReceiver();
    const { tracer, events, shutdown } = await sending({ otlp: { endpoint: receiver.url } });
    const lines: Record<string, unknown>[] = [];
    const log = startLogging({
      ...{ events, clock: new FakeClock(), options: { level: 'info', format: 'json' } },
      about: { version: '1.2.3', role: 'worker' },
      to: { write: (text) => lines.push(JSON.parse(text)) },
      ...{ isTTY: false, colour: false },
    });
    await tracer.root(ROOT, async () => events.emit('problem', { where: 'here', error: new Error('x') }));
    await shutdown();
    log.close();
    const [span] = receiver.spans;
    expect(lines).toMatchObject([{ event: 'problem', trace_id: span?.traceId, span_id: span?.spanId }]);
    expect(span?.traceId).toMatch(/^[\da-f]{32}$/);
  });

  test('never says how it was called, which may hold secrets', async () => {
    const receiver = await startOtlpReceiver();
    const { tracer, shutdown } = await sending({ otlp: { endpoint: receiver.url } });
    await tracer.root(ROOT, async () => undefined);
    await shutdown();
    const [span] = receiver.spans;
    expect(Object.keys(span?.resource ?? {}).filter((name) => /command|owner|path/.test(name))).toEqual([]);
  });

  test('hears what packages said before anyone listened, in all of their words, whatever OTEL_LOG_LEVEL says', async () => {
    vi.stubEnv('OTEL_LOG_LEVEL', 'debug');
    vi.stubEnv('OTEL_EXPORTER_OTLP_CERTIFICATE', '/nope.pem');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { problems } = await sending({ otlp: { endpoint: AWAY } });
    expect(problems.map(({ error }) => String(error)).join()).toContain('root certificate');
    api.diag.warn('Received Partial Success response:', '{"rejectedSpans":3}');
    expect(problems.at(-1)?.error).toBe('Received Partial Success response: {"rejectedSpans":3}');
  });

  test('is not held up by a receiver that takes everything and says nothing', async () => {
    const receiver = await startOtlpReceiver();
    receiver.answer = 'nothing';
    const { tracer, shutdown, lost } = await sending({ otlp: { endpoint: receiver.url } });
    for (let i = 0; i < 5_000; i += 1) await tracer.root(ROOT, async () => undefined);
    await shutdown();
    expect(lost.length).toBeGreaterThan(0);
  });
});

describe('what is sent at all', () => {
  const options = (text: object = {}): TelemetryOptions => telemetryOptions.parse(text);
  const endpoint = 'http://h:4318';
  const both = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };

  test.each([
    ['nothing, as long as nobody says where', {}, {}, []],
    ['both, to the configured address', { otlp: { endpoint } }, {}, ['traces', 'metrics']],
    ['both, to the address of the variable', {}, both, ['traces', 'metrics']],
    ['what has an address of its own', {}, { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint }, ['metrics']],
    ['nothing, where the SDK is disabled', { otlp: { endpoint } }, { OTEL_SDK_DISABLED: 'TRUE' }, []],
    ['what has an exporter', {}, { ...both, OTEL_TRACES_EXPORTER: 'none' }, ['metrics']],
    ['what has this exporter among others', {}, { OTEL_TRACES_EXPORTER: 'console, otlp' }, ['traces']],
    [
      'nothing, to another exporter',
      {},
      { ...both, OTEL_TRACES_EXPORTER: 'zipkin', OTEL_METRICS_EXPORTER: 'prometheus' },
      [],
    ],
    ['what is not switched off', { otlp: { endpoint }, traces: { detail: 'off' } }, {}, ['metrics']],
    [
      'nothing, where each is switched off',
      { otlp: { endpoint }, traces: { detail: 'off' }, metrics: { enabled: false } },
      {},
      [],
    ],
    ['nothing, to an empty address', {}, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, []],
  ])('is %s', (_, text, env, signals) => {
    expect([...signalsOf(options(text), env)]).toEqual(signals);
  });

  test.each([
    ['otlp.h:4318', 'no address'],
    ['grpc://h', 'no address'],
    ['http://user:pw@h', 'holds a user or a password'],
  ])('an endpoint such as %s is refused', (wrong, words) => {
    const { error } = telemetryOptions.safeParse({ otlp: { endpoint: wrong } });
    expect(error?.issues[0]?.message).toContain(words);
    expect(error?.issues[0]?.message).not.toContain('pw');
  });

  test.each([
    ['a b', 'secret'],
    ['x-key', 'line\nbreak'],
    ['x-key', 'sécret'],
  ])('the header %s with %j is refused, without its value', (name, value) => {
    const { error } = telemetryOptions.safeParse({ otlp: { endpoint, headers: { [name]: value } } });
    expect(error?.issues[0]?.message).toMatch(/is not a header name|has a character/);
    expect(error?.issues[0]?.message).not.toContain(value);
  });
});
