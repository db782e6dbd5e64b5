/** What sends spans and metrics, by protocol. What the options leave out, the packages take from the standard variables. */
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TelemetrySignal } from '../../core/events.ts';
import type { TelemetryOptions } from '../otel-options.ts';

type Otlp = TelemetryOptions['otlp'];
type Protocol = NonNullable<Otlp['protocol']>;

export interface ProtocolVariables {
  readonly OTEL_EXPORTER_OTLP_PROTOCOL?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_METRICS_PROTOCOL?: string | undefined;
}

/** Told of a message that was not received. */
export type OnLost = (signal: TelemetrySignal, error: unknown) => void;

const USUAL: Protocol = 'http/protobuf';

export async function spanExporter(
  options: Otlp,
  env: ProtocolVariables,
  onLost: OnLost,
): Promise<SpanExporter> {
  const protocol = protocolOf(options, env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, env);
  const config = configOf(options, protocol, 'traces');
  const exporter = await {
    'http/protobuf': async () =>
      new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter(config),
    'http/json': async () =>
      new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter(config),
    grpc: async () => new (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter(config),
  }[protocol]();
  return told(exporter, (error) => onLost('traces', error));
}

export async function metricExporter(
  options: Otlp,
  env: ProtocolVariables,
  onLost: OnLost,
): Promise<PushMetricExporter> {
  const protocol = protocolOf(options, env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL, env);
  const config = configOf(options, protocol, 'metrics');
  const exporter = await {
    'http/protobuf': async () =>
      new (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter(config),
    'http/json': async () =>
      new (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter(config),
    grpc: async () =>
      new (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter(config),
  }[protocol]();
  return told(exporter, (error) => onLost('metrics', error));
}

function protocolOf(
  { protocol }: Otlp,
  ofSignal: string | undefined,
  { OTEL_EXPORTER_OTLP_PROTOCOL: ofAll }: ProtocolVariables,
): Protocol {
  const named = protocol ?? (ofSignal || ofAll);
  return named === 'grpc' || named === 'http/json' ? named : USUAL;
}

function configOf({ endpoint, headers, timeout }: Otlp, protocol: Protocol, signal: TelemetrySignal) {
  const url = endpoint && (protocol === 'grpc' ? endpoint : ofSignal(endpoint, signal));
  return {
    ...(url !== undefined && { url }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(timeout !== undefined && { timeoutMillis: timeout }),
  };
}

/** As the standard has it for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
function ofSignal(endpoint: string, signal: TelemetrySignal): string {
  const url = new URL(endpoint);
  url.pathname += `${url.pathname.endsWith('/') ? '' : '/'}v1/${signal}`;
  return url.href;
}

interface Exporter<T> {
  export(items: T, onResult: (result: { readonly code: number; readonly error?: Error }) => void): void;
}

/** The same exporter, which tells when something was not received: the packages keep that to themselves. */
function told<T, E extends Exporter<T>>(exporter: E, tell: (error: unknown) => void): E {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, onResult) =>
    send(items, (result) => {
      if (result.code !== 0) tell(result.error ?? new Error('it was not received'));
      onResult(result);
    });
  return exporter;
}
