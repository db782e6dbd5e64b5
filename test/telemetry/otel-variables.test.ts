import { describe, expect, test } from 'vitest';
import { wrongVariables } from '../../src/telemetry/otel-variables.ts';

const OTLP = (what: string) =>
  ['', 'TRACES_', 'METRICS_'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}${what}`);
const TIMES = ['OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_TIMEOUT', 'OTEL_BSP_EXPORT_TIMEOUT'];
const SIZES = ['OTEL_BSP_MAX_QUEUE_SIZE', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'];
const LIMITS = [
  'OTEL_SPAN_EVENT_COUNT_LIMIT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
];

/** Variables, what is wrong in them, and what is right. */
const TABLE: readonly (readonly [string[], string[], string[]])[] = [
  [
    OTLP('ENDPOINT'),
    ['notaurl', 'h:4318', 'ftp://h', 'http://', 'unix:/a'],
    ['http://h:4318', 'https://h/x'],
  ],
  [OTLP('PROTOCOL'), ['tcp', 'http', 'GRPC'], ['grpc', 'http/json', 'http/protobuf']],
  [OTLP('COMPRESSION'), ['zstd', 'GZIP'], ['gzip', 'none']],
  [OTLP('HEADERS'), ['novalue', '=v', 'a=b,c', 'a b=c', 'ü=c'], ['a=b', 'a=b=c,d=', ' x-a = b,']],
  [OTLP('INSECURE'), ['yes'], ['true', 'FALSE']],
  [OTLP('TIMEOUT'), ['-1', '0', 'abc', '10s', '1e3', '99999999999'], ['1', '10000']],
  [['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap(OTLP), ['/nope.pem'], [import.meta.filename]],
  [TIMES, ['abc', '-1', '0', '2147483648', 'Infinity'], ['1', '60000']],
  [SIZES, ['-3', '0', '1.5', 'many'], ['2048']],
  [LIMITS, ['-1', 'x'], ['0', '128']],
  [['OTEL_BSP_SCHEDULE_DELAY'], ['-1', 'x'], ['0', '5000']],
  [['OTEL_TRACES_SAMPLER'], ['foo', 'jaeger_remote'], ['always_on', 'parentbased_traceidratio']],
  [
    ['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER'],
    ['prometheus', 'otlp,console'],
    ['none', 'otlp', ' otlp '],
  ],
  [['OTEL_PROPAGATORS'], ['b3', 'tracecontext,jaeger'], ['tracecontext,baggage', 'none']],
  [['OTEL_RESOURCE_ATTRIBUTES'], ['a'], ['a=b,c=d']],
  [['OTEL_SDK_DISABLED'], ['yes', '1'], ['false', 'FALSE']],
];
const each = (at: 1 | 2) =>
  TABLE.flatMap((row) => row[0].flatMap((name) => row[at].map((text) => [name, text])));

describe('the standard variables', () => {
  test.each(each(1))('%s=%s is told, by its name', (name = '', text) => {
    const told = wrongVariables({ [name]: text });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(new RegExp(`^${name} must be `));
  });

  test.each(each(2))('%s=%s is nothing to tell', (name = '', text) => {
    expect(wrongVariables({ [name]: text })).toEqual([]);
  });

  test('are looked at only where OpenTelemetry is on, and empty ones are not set', () => {
    expect(wrongVariables({ OTEL_SDK_DISABLED: 'TRUE', OTEL_PROPAGATORS: 'b3' })).toEqual([]);
    expect(wrongVariables({ OTEL_PROPAGATORS: ' ', OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toEqual([]);
  });

  test.each(['7', '-1', 'all'])('a share such as %s is told where the sampler takes one', (share) => {
    const env = { OTEL_TRACES_SAMPLER_ARG: share };
    expect(wrongVariables({ ...env, OTEL_TRACES_SAMPLER: 'traceidratio' })).toHaveLength(1);
    expect(wrongVariables({ ...env, OTEL_TRACES_SAMPLER: 'always_on' })).toEqual([]);
  });

  test('an address of gRPC may lack its scheme, also of one signal', () => {
    const own = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'h:4317' };
    expect(wrongVariables(own)).toEqual([]);
    const other = { ...own, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'h:4317' };
    expect(wrongVariables(other)).toHaveLength(1);
    expect(wrongVariables(other, 'grpc')).toEqual([]);
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 's3cr3t-t0ken'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://user:s3cr3t-t0ken@h/?key=s3cr3t-t0ken'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'user:s3cr3t-t0ken@h:4318'],
  ])('a secret in %s is not shown', (name, text) => {
    expect(wrongVariables({ [name]: text }).join()).not.toContain('s3cr3t');
  });
});
