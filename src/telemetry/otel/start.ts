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
import { hideKnown } from '../../core/known-secrets.ts';
import type { Statistics } from '../../core/metrics/statistics.ts';
import { hideSecrets } from '../../core/secrets.ts';
import { NO_TRACER, type Tracer } from '../../core/tracing.ts';
import type { TelemetryOptions } from '../otel-options.ts';
import { listenToChannels } from './channels.ts';
import { spansFromEvents } from './events-to-spans.ts';
import { type ExporterDeps, spanExporter } from './exporters.ts';
import { lostExport } from './lost-export.ts';
import { metricReader } from './metric-reader.ts';
import { OtelTracer } from './otel-tracer.ts';
import { OwnGlobals } from './own-globals.ts';
import { secretsSent } from './receiver.ts';
import { samplerOf } from './sampler.ts';
import { Sendings } from './sendings.ts';

/** Problems that wait for somebody to tell them to. */
const MOST_EARLY = 50;
/** Of one message of a package, in characters. */
const MOST_SAID = 1_000;
/** What the exporter tells as well. */
const TOLD = /^PeriodicExportingMetricReader: metrics export (timed out|failed)/;
/** What it says where something is registered already. */
const DUPLICATE = /^Error: @opentelemetry\/api: Attempted duplicate registration/;
const OTHER_TRACER =
  'this process has registered a tracer of its own before: what Forewarm does shows in its traces, and is not sent by OTLP';
/** The part of a package that says something, before what it says. */
const PACKAGE = /^(OTLPExportDelegate|@opentelemetry\/[\w-]+)$/;

export interface OtelDeps {
  readonly options: TelemetryOptions;
  /** The standard variables. */
  readonly env: ExporterDeps['env'];
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
  /** Tells that what is under way is lost: nobody waits for it any longer. */
  giveUp(): void;
}

/** What there is to be sent. */
export interface TelemetrySource {
  readonly events: Events;
  /** All that this process counts and measures. */
  readonly read: () => Promise<Statistics>;
}

/** Rejects with E_CONFIG_INVALID where the variables name a protocol, or headers, with which nothing could be sent. */
export async function startOtel(given: OtelDeps): Promise<Otel> {
  const secrets = [...given.secrets, ...secretsSent(given.options.otlp, given.env)];
  const [deps, { signals }] = [{ ...given, secrets }, given];
  const [globals, sendings, story] = [new OwnGlobals(), new Sendings(), new Story()];
  const sending = { sendings, onLost: (lost: Lost) => story.lose(lost) };
  const said = (text: string) => story.tell('OpenTelemetry', hideKnown(text, secrets));
  if (signals.has('traces') && !globals.isFree('trace')) said(OTHER_TRACER);
  const sdk = await registered(globals, said, () => sdkOptions(deps, sending, () => story.source?.read()));
  const traces = tracesOf(deps);
  return {
    tracer: traces?.tracer ?? NO_TRACER,
    listen(source) {
      story.begin(source);
      const offs = traces?.listen(source.events) ?? [];
      return () => {
        for (const off of offs) off();
      };
    },
    // At once, so that another one can be registered while this sends what is left. What was not received was told by its exporter.
    shutdown: async () => {
      globals.release('trace', 'metrics', 'logs', 'context', 'propagation');
      // It is over with the first message that is lost, and others may be under way.
      await sdk.shutdown().catch(() => undefined);
      await sendings.idle();
      sendings.close();
      globals.release();
    },
    giveUp() {
      const error = new Error('it did not answer before the process ended');
      for (const sent of sendings.giveUp())
        story.lose(lostExport({ ...sent, error, status: undefined }, secrets));
    },
  };
}

type Lost = Parameters<ExporterDeps['onLost']>[0];

/** What there is to tell of sending, once there is somebody to tell it to. Nothing is sent before. */
class Story {
  source: TelemetrySource | undefined;
  readonly #early: EventMap['problem'][] = [];
  readonly #lost = { traces: 0, metrics: 0 };

  begin(source: TelemetrySource): void {
    this.source = source;
    for (const problem of this.#early.splice(0)) source.events.emit('problem', problem);
  }

  tell(where: string, error: unknown): void {
    if (this.source !== undefined) this.source.events.emit('problem', { where, error });
    else if (this.#early.length < MOST_EARLY) this.#early.push({ where, error });
  }

  lose(lost: Lost): void {
    const total = this.#lost[lost.telemetry] + lost.items;
    this.#lost[lost.telemetry] = total;
    this.source?.events.emit('telemetry:lost', { ...lost, total });
  }
}

/** Starts the SDK; what the packages say of themselves goes to `said`, unless an application hears it. */
async function registered(
  globals: OwnGlobals,
  said: (text: string) => void,
  optionsOf: () => Promise<NonNullable<ConstructorParameters<typeof NodeSDK>[0]>>,
): Promise<NodeSDK> {
  const logger = loggerTo(said);
  const hear = () => {
    if (globals.isFree('diag')) globals.claim(() => listenToPackages(logger));
  };
  try {
    hear();
    const options = await optionsOf();
    // A logger that is replaced is told so, with a stack.
    globals.release('diag');
    const sdk = globals.claim(() => new NodeSDK(options));
    // Its constructor puts a logger to the console there, where `OTEL_LOG_LEVEL` is set: lines among ours that no one can parse.
    hear();
    globals.claim(() => sdk.start());
    return sdk;
  } catch (error) {
    globals.release();
    throw error;
  }
}

async function sdkOptions(
  deps: OtelDeps,
  sending: Pick<ExporterDeps, 'onLost' | 'sendings'>,
  read: () => Promise<Statistics> | undefined,
) {
  const { options, env, secrets, signals } = deps;
  const { serviceName, traces, otlp } = options;
  return {
    ...(serviceName !== undefined && { serviceName }),
    resourceDetectors: detectorsOf(deps),
    sampler: samplerOf(traces.sample, env),
    textMapPropagator: null,
    logRecordProcessors: [],
    metricReaders: signals.has('metrics') ? [await metricReader({ ...deps, ...sending, read })] : [],
    ...(signals.has('traces')
      ? { traceExporter: await spanExporter({ otlp, env, secrets, ...sending }) }
      : { spanProcessors: [] }),
  };
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
    const isTold = text === '' || text.startsWith('{') || TOLD.test(text) || DUPLICATE.test(text);
    if (!isTold) tell(hideSecrets(text.slice(0, MOST_SAID)));
  };
  const quiet = () => undefined;
  return { error: said, warn: said, info: quiet, debug: quiet, verbose: quiet };
}
