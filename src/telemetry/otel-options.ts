import { z } from 'zod';
import { percent, secret, timerFrom } from '../core/options.ts';
import { showUrl } from '../core/secrets.ts';

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Which HTTP and gRPC both take. */
const HEADER_NAME = /^[\w.-]+$/;
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/** Checked here: a receiver would be sent nothing, and the exporters show the value of what they cannot send. */
const headers = () =>
  z.record(z.string(), secret().trim()).superRefine((record, context) => {
    for (const [name, value] of Object.entries(record)) {
      const wrong = HEADER_NAME.test(name)
        ? HEADER_VALUE.test(value)
          ? undefined
          : 'has a character that headers cannot have; write it in letters, digits and signs of ASCII'
        : 'is not a header name; names are of letters, digits, "-", "_" and "."';
      if (wrong !== undefined) context.addIssue({ code: 'custom', path: [name], message: wrong });
    }
  });

const otlpOptions = z.strictObject({
  endpoint: z
    .string()
    .refine(isWebAddress, {
      abort: true,
      error: ({ input }) =>
        `is no address of an OTLP receiver: ${showUrl(String(input))}; write one such as http://127.0.0.1:4318`,
    })
    .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
      message:
        'holds a user or a password, which no exporter sends; put them into `headers`, as `authorization`',
    })
    .meta({ format: 'uri' })
    .optional()
    .describe(
      'Where metrics and traces are sent, such as `http://127.0.0.1:4318`; `/v1/metrics` and `/v1/traces` are added. Not set: ' +
        'what `OTEL_EXPORTER_OTLP_ENDPOINT` says. Without either, nothing is sent, and OpenTelemetry is not loaded.',
    ),
  protocol: z
    .enum(['http/protobuf', 'http/json', 'grpc'])
    .optional()
    .describe('Not set: what `OTEL_EXPORTER_OTLP_PROTOCOL` says, else `http/protobuf`.'),
  headers: headers()
    .default({})
    .describe('Sent with everything, besides those of `OTEL_EXPORTER_OTLP_HEADERS`.'),
  timeout: timerFrom(1)
    .optional()
    .describe('For one message. Not set: what `OTEL_EXPORTER_OTLP_TIMEOUT` says, else 10s.'),
});

const traceOptions = z.strictObject({
  detail: z
    .enum(['off', 'roots', 'steps', 'all'])
    .default('steps')
    .describe(
      '`roots`: ticks, requests to the API and jobs. `steps`: also a sample of what they are made of, and all that is slow or ' +
        'fails. `all`: each step, and each command to Redis.',
    ),
  slow: timerFrom(1).prefault('1s').describe('A step that took so long is shown, whatever the sample is.'),
  sample: percent()
    .optional()
    .describe(
      'The share of traces that are taken. Not set: what `OTEL_TRACES_SAMPLER` says, else all of them.',
    ),
  toOrigins: z
    .boolean()
    .default(false)
    .describe(
      'Whether calls of HTTP origins carry `traceparent`, so that their servers can go on with the trace.',
    ),
});

const metricOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether metrics are sent, where traces are.'),
  every: timerFrom(1_000).optional().describe('Not set: what `OTEL_METRIC_EXPORT_INTERVAL` says, else 60s.'),
});

export const telemetryOptions = z.strictObject({
  serviceName: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What traces and metrics are named by. Not set: what `OTEL_SERVICE_NAME` says, else `forewarm`.',
    ),
  otlp: otlpOptions
    .prefault({})
    .describe('The receiver of metrics and traces, by the protocol of OpenTelemetry.'),
  traces: traceOptions.prefault({}).describe('Which work is shown as spans.'),
  metrics: metricOptions.prefault({}).describe('The numbers of `/metrics`, sent.'),
});
export type TelemetryOptions = z.infer<typeof telemetryOptions>;
