/**
 * The tracer of a reader in somebody's application: if that has registered OpenTelemetry, what the reader does shows in its traces. It
 * is the application that decides what is traced and where that is sent.
 *
 * A copy of the API does not work with what an older one has registered: the application's own must be of our minor version or later.
 */
import { NO_TRACER, type Tracer } from '../core/tracing.ts';
import type { OtelTracer, OtelTracerDeps } from './otel/otel-tracer.ts';
import type { TelemetryOptions } from './otel-options.ts';
import { registeredIn } from './registered-api.ts';

export interface ApplicationTracerDeps extends Omit<OtelTracerDeps, 'api' | 'detail' | 'slow'> {
  readonly traces: TelemetryOptions['traces'];
  /** Where packages of this process register themselves. */
  readonly globals: object;
}

export interface ApplicationTracer {
  readonly tracer: Tracer;
  /** The same, where it makes spans of what it is told. */
  readonly listening: OtelTracer | undefined;
  /** Why what is registered cannot be used. */
  readonly problem: string | undefined;
}

const NONE: ApplicationTracer = { tracer: NO_TRACER, listening: undefined, problem: undefined };

/** Nothing is loaded where nothing is registered by now. */
export async function applicationTracer(deps: ApplicationTracerDeps): Promise<ApplicationTracer> {
  const { globals, traces, ...more } = deps;
  const { detail, slow } = traces;
  const { trace, version } = registeredIn(globals);
  if (trace === undefined || detail === 'off') return NONE;
  const [api, { OtelTracer }] = await Promise.all([
    import('@opentelemetry/api'),
    import('./otel/otel-tracer.ts'),
  ]);
  if (api.trace.getTracerProvider() !== trace) return { ...NONE, problem: tooOld(version) };
  const tracer = new OtelTracer({ ...more, api, detail, slow });
  return { tracer, listening: tracer, problem: undefined };
}

function tooOld(version: unknown = 'unknown'): string {
  return `the application has registered version ${version} of @opentelemetry/api, which is older than the one that Forewarm has: its traces do not show reads; update the package`;
}
