/**
 * OpenTelemetry in a process of ours: its SDK, with a tracer for `Events`, and the numbers of `/metrics`.
 *
 * This file and what it imports are loaded only where something is to be sent (`telemetry.ts` decides): loading them takes longer
 * than all else that a command does. The SDK registers itself with the API of OpenTelemetry, so modules of origins and entity sets
 * can make spans of their own, within ours.
 *
 * What must stay true: sending holds up nothing. Spans wait in a queue that is bounded (what comes beyond is dropped), a message has
 * a time limit, and whoever stops this need not wait for it. What is lost is told of by `telemetry:lost`.
 */
import * as api from '@opentelemetry/api';
import { resourceAttributesEnvDetector, serviceNameEnvDetector } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { EventMap, Events, TelemetrySignal } from '../../core/events.ts';
import type { Statistics } from '../../core/metrics/statistics.ts';
import { hideSecrets } from '../../core/secrets.ts';
import { NO_TRACER, type Tracer } from '../../core/tracing.ts';
import type { TelemetryOptions } from '../otel-options.ts';
import { listenToChannels } from './channels.ts';
import { spansFromEvents } from './events-to-spans.ts';
import { type OnLost, type ProtocolVariables, spanExporter } from './exporters.ts';
import { type MetricVariables, metricReader } from './metric-reader.ts';
import { OtelTracer } from './otel-tracer.ts';
import { type SamplerVariables, samplerOf } from './sampler.ts';

/** Problems that wait for somebody to tell them to. */
const MOST_EARLY = 50;
/** Of one message of a package, in characters. */
const MOST_SAID = 1_000;
/** What the exporter tells as well. */
const TOLD = /^PeriodicExportingMetricReader: metrics export (timed out|failed)/;
/** The part of a package that says something, before what it says. */
const PACKAGE = /^(OTLPExportDelegate|@opentelemetry\/[\w-]+)$/;

export interface OtelDeps {
  readonly options: TelemetryOptions;
  readonly env: SamplerVariables & ProtocolVariables & MetricVariables;
  /** What is sent; one of them at least. */
  readonly signals: ReadonlySet<TelemetrySignal>;
  /** Of this process. */
  readonly about: {
    readonly id: string;
    readonly version: string;
    readonly role: string;
    readonly host: string;
    readonly pid: number;
  };
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  /** What is not to be shown, however it is spelt. */
  readonly secrets: readonly string[];
}

export interface Otel {
  readonly tracer: Tracer;
  /** Begins to show what is told of, and to send what is counted; returns what ends the former. */
  listen(source: TelemetrySource): () => void;
  /** Sends what is left. Resolves when that was received, or was given up. */
  shutdown(): Promise<void>;
}

/** What there is to be sent. */
export interface TelemetrySource {
  readonly events: Events;
  /** All that this process counts and measures. */
  readonly read: () => Promise<Statistics>;
}

export async function startOtel(deps: OtelDeps): Promise<Otel> {
  let source: TelemetrySource | undefined;
  const early: EventMap['problem'][] = [];
  const tell = (where: string, error: unknown) => {
    if (source !== undefined) source.events.emit('problem', { where, error });
    else if (early.length < MOST_EARLY) early.push({ where, error });
  };
  const logger = loggerTo((text) => tell('OpenTelemetry', text));
  listenToPackages(logger);
  // Nothing is sent before there is something to listen to.
  const onLost: OnLost = (signal, error) =>
    source?.events.emit('telemetry:lost', {
      telemetry: signal,
      error: new Error(hideSecrets(messageOf(error))),
    });
  const sdk = await sdkOf(deps, onLost, () => source?.read());
  // Its constructor puts a logger to the console there, where `OTEL_LOG_LEVEL` is set: lines among ours that no one can parse.
  listenToPackages(logger);
  sdk.start();
  const traces = tracesOf(deps);
  return {
    tracer: traces?.tracer ?? NO_TRACER,
    listen(given) {
      source = given;
      for (const problem of early.splice(0)) given.events.emit('problem', problem);
      const offs = traces?.listen(given.events) ?? [];
      return () => {
        for (const off of offs) off();
      };
    },
    // What was not received was told by its exporter.
    shutdown: () =>
      sdk
        .shutdown()
        .catch(() => undefined)
        .finally(unregister),
  };
}

async function sdkOf(
  deps: OtelDeps,
  onLost: OnLost,
  read: () => Promise<Statistics> | undefined,
): Promise<NodeSDK> {
  const { options, env, signals } = deps;
  const { serviceName, traces, otlp } = options;
  const configuration = {
    ...(serviceName !== undefined && { serviceName }),
    resourceDetectors: detectorsOf(deps),
    sampler: samplerOf(traces.sample, env),
    textMapPropagator: null,
    logRecordProcessors: [],
    metricReaders: signals.has('metrics') ? [await metricReader({ ...deps, onLost, read })] : [],
    ...(signals.has('traces')
      ? { traceExporter: await spanExporter(otlp, env, onLost) }
      : { spanProcessors: [] }),
  };
  // A logger that is replaced is told so, with a stack.
  api.diag.disable();
  return new NodeSDK(configuration);
}

/** Makes spans, where they are sent: who counts asks for them with each key. */
function tracesOf({ options: { traces }, signals, clock, secrets }: OtelDeps) {
  const { detail, slow, toOrigins } = traces;
  if (detail === 'off' || !signals.has('traces')) return undefined;
  const tracer = new OtelTracer({
    ...{ api, detail, slow, secrets },
    elapsed: () => clock.elapsed(),
    now: () => clock.now(),
  });
  return {
    tracer,
    listen: (events: Events) => [
      spansFromEvents(events, tracer),
      listenToChannels(tracer, { redis: detail === 'all', toOrigins }),
    ],
  };
}

/** So that another system can be composed in this process. */
function unregister(): void {
  for (const part of [api.trace, api.metrics, api.logs, api.context, api.diag]) part.disable();
}

/** What stands in the variables wins. The command line is left out: it may hold secrets. */
function detectorsOf({ about: { id, version, role, host, pid } }: OtelDeps) {
  const attributes = {
    'service.name': 'forewarm',
    'service.version': version,
    'service.instance.id': id,
    'host.name': host,
    'process.pid': pid,
    'forewarm.roles': role,
  };
  return [{ detect: () => ({ attributes }) }, resourceAttributesEnvDetector, serviceNameEnvDetector];
}

function listenToPackages(logger: api.DiagLogger): void {
  api.diag.setLogger(logger, { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/** What the packages say of themselves. An error of sending comes as JSON, and was told by its exporter. */
function loggerTo(tell: (text: string) => void): api.DiagLogger {
  const said = (...parts: readonly unknown[]) => {
    const words = parts.map(messageOf).filter((part) => !PACKAGE.test(part));
    const text = words.join(' ');
    if (text !== '' && !text.startsWith('{') && !TOLD.test(text)) tell(hideSecrets(text.slice(0, MOST_SAID)));
  };
  const quiet = () => undefined;
  return { error: said, warn: said, info: quiet, debug: quiet, verbose: quiet };
}
