/**
 * Whether anything is sent by OTLP, and what sends it. Where nothing is, no package of OpenTelemetry is loaded.
 */
import type { Clock } from '../core/clock.ts';
import type { TelemetrySignal } from '../core/events.ts';
import type { Tracer } from '../core/tracing.ts';
import type { OtelDeps, TelemetrySource } from './otel/start.ts';
import type { TelemetryOptions } from './otel-options.ts';

/** The standard variables: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
type Variables = Readonly<Record<string, string | undefined>>;

export interface TelemetryDeps extends Omit<OtelDeps, 'env' | 'signals'> {
  readonly env: Variables;
  readonly clock: Clock;
}

/** What a process sends, while it runs. */
export interface Telemetry {
  readonly tracer: Tracer;
  /** Begins; once per object. */
  start(source: TelemetrySource): void;
  /** Sends what is left. Whoever waits bounds the wait: the receiver may not answer. */
  stop(): Promise<void>;
  /** Tells what is lost, where it is waited for no longer. */
  giveUp(): void;
}

/** Undefined where nothing is sent. */
export async function openTelemetry({ env, ...deps }: TelemetryDeps): Promise<Telemetry | undefined> {
  const signals = signalsOf(deps.options, env);
  if (signals.size === 0) return undefined;
  const { startOtel } = await import('./otel/start.ts');
  const otel = await startOtel({ ...deps, env, signals });
  let end = () => {};
  return {
    tracer: otel.tracer,
    start: (source) => {
      end = otel.listen(source);
    },
    stop: async () => {
      end();
      await otel.shutdown();
    },
    giveUp: () => otel.giveUp(),
  };
}

/** What is to be sent: what has a receiver, and is not switched off. */
export function signalsOf(
  { otlp, traces, metrics }: TelemetryOptions,
  env: Variables,
): ReadonlySet<TelemetrySignal> {
  const wanted = { traces: traces.detail !== 'off', metrics: metrics.enabled };
  const all = (['traces', 'metrics'] as const).filter(
    (signal) => wanted[signal] && isNamed(signal, otlp.endpoint, env),
  );
  return new Set(isTrue(env.OTEL_SDK_DISABLED) ? [] : all);
}

function isNamed(signal: TelemetrySignal, endpoint: string | undefined, env: Variables): boolean {
  const name = signal.toUpperCase();
  const exporters = (env[`OTEL_${name}_EXPORTER`] ?? '').split(',').map((text) => text.trim());
  if (exporters.some((text) => text !== '')) return exporters.includes('otlp');
  const all = [endpoint, env.OTEL_EXPORTER_OTLP_ENDPOINT, env[`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`]];
  return all.some((text) => (text ?? '').trim() !== '');
}

function isTrue(text = ''): boolean {
  return text.trim().toLowerCase() === 'true';
}
