/**
 * What sends spans and metrics, by protocol. Addresses and protocols are found here (`receiver.ts`), so that what is lost can be told
 * with them; the packages read the other standard variables themselves: headers, compression, certificates, time.
 */
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { ForewarmError } from '../../core/errors.ts';
import type { TelemetrySignal } from '../../core/events.ts';
import type { TelemetryOptions } from '../otel-options.ts';
import { lastStatus } from './last-status.ts';
import { type LostExport, lostExport } from './lost-export.ts';
import { type OtlpVariables, type Receiver, receiverOf } from './receiver.ts';
import type { Sending, Sendings } from './sendings.ts';

type Otlp = TelemetryOptions['otlp'];

export interface ExporterDeps {
  readonly otlp: Otlp;
  readonly env: OtlpVariables;
  /** What is not to be shown, however it is spelt: also what a receiver is sent beside the data. */
  readonly secrets: readonly string[];
  /** Told of a message that was not received. */
  readonly onLost: (lost: Omit<LostExport, 'total'>) => void;
  readonly sendings: Sendings;
}

export async function spanExporter(deps: ExporterDeps): Promise<SpanExporter> {
  const receiver = receiverOf('traces', deps.otlp, deps.env);
  const config = await configOf(receiver, deps.otlp);
  const load = {
    'http/protobuf': () => import('@opentelemetry/exporter-trace-otlp-proto'),
    'http/json': () => import('@opentelemetry/exporter-trace-otlp-http'),
    grpc: () => import('@opentelemetry/exporter-trace-otlp-grpc'),
  }[receiver.protocol];
  const { OTLPTraceExporter } = await load();
  const exporter = made('traces', receiver, () => new OTLPTraceExporter(config));
  return told<readonly ReadableSpan[], SpanExporter>(exporter, ({ length }) => length, {
    ...{ signal: 'traces', receiver, deps },
  });
}

export async function metricExporter(deps: ExporterDeps): Promise<PushMetricExporter> {
  const receiver = receiverOf('metrics', deps.otlp, deps.env);
  const config = await configOf(receiver, deps.otlp);
  const load = {
    'http/protobuf': () => import('@opentelemetry/exporter-metrics-otlp-proto'),
    'http/json': () => import('@opentelemetry/exporter-metrics-otlp-http'),
    grpc: () => import('@opentelemetry/exporter-metrics-otlp-grpc'),
  }[receiver.protocol];
  const { OTLPMetricExporter } = await load();
  const exporter = made('metrics', receiver, () => new OTLPMetricExporter(config));
  return told<ResourceMetrics, PushMetricExporter>(exporter, pointsIn, { signal: 'metrics', receiver, deps });
}

function pointsIn({ scopeMetrics }: ResourceMetrics): number {
  const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}

async function configOf({ protocol, url }: Receiver, { headers, timeout }: Otlp) {
  const isGrpc = protocol === 'grpc';
  return {
    ...(url !== undefined && { url }),
    ...(isGrpc ? { metadata: await metadataOf(headers) } : { headers }),
    ...(timeout !== undefined && { timeoutMillis: timeout }),
  };
}

/** Headers as gRPC has them: those named `-bin` are bytes, written in base64. */
async function metadataOf(headers: Otlp['headers']) {
  const { Metadata } = await import('@grpc/grpc-js');
  const metadata = new Metadata();
  for (const [name, text] of Object.entries(headers)) {
    metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(text, 'base64') : text);
  }
  return metadata;
}

/** What the packages take from variables as it is, and cannot use, they throw: with its text, which may be a secret. */
function made<T>(signal: TelemetrySignal, { protocol }: Receiver, make: () => T): T {
  try {
    return make();
  } catch {
    const named = `OTEL_EXPORTER_OTLP_HEADERS, or OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`;
    throw new ForewarmError(
      'E_CONFIG_INVALID',
      `${signal} cannot be sent by ${protocol}: ${named}, has a name or a value that the protocol has no way to send; names are of letters, digits, "-", "_" and "."`,
    );
  }
}

interface Exporter<T> {
  export(items: T, onResult: (result: { readonly code: number; readonly error?: Error }) => void): void;
}

interface Told {
  readonly signal: TelemetrySignal;
  readonly receiver: Receiver;
  readonly deps: ExporterDeps;
}

/** The same exporter, which tells when something was not received: the packages keep that to themselves. */
function told<T, E extends Exporter<T>>(exporter: E, size: (items: T) => number, told: Told): E {
  const { signal, receiver, deps } = told;
  const { status, close } = lastStatus(receiver);
  deps.sendings.onClose(close);
  const send = exporter.export.bind(exporter);
  exporter.export = (items, onResult) => {
    const sent: Sending = { signal, items: size(items), address: receiver.shown };
    deps.sendings.begin(sent);
    send(items, (result) => {
      if (deps.sendings.end(sent) && result.code !== 0) {
        const error = result.error ?? new Error('it was not received');
        deps.onLost(lostExport({ ...sent, error, status: status() }, deps.secrets));
      }
      onResult(result);
    });
  };
  return exporter;
}
