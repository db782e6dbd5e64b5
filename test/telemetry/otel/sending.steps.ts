/** A process's sending by OTLP, in this one. */
import { onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { type EventMap, Events } from '../../../src/core/events.ts';
import { NO_STATISTICS, type Statistics } from '../../../src/core/metrics/statistics.ts';
import type { Root } from '../../../src/core/tracing.ts';
import { startOtel } from '../../../src/telemetry/otel/start.ts';
import { telemetryOptions } from '../../../src/telemetry/otel-options.ts';
import { signalsOf } from '../../../src/telemetry/telemetry.ts';

export const ROOT: Root = {
  name: 'job',
  kind: 'consumer',
  attributes: {},
  from: undefined,
  joins: 'link',
};
export const ABOUT = { id: 'p1', version: '1.2.3', role: 'worker', host: 'h', pid: 7 };

interface Sent {
  readonly statistics?: Statistics;
  /** Of `telemetry.otlp`. */
  readonly otlp?: object;
  /** Standard variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
}

/** Stopped with the test. */
export async function sending({ statistics = NO_STATISTICS, otlp, env = {}, secrets = [] }: Sent) {
  // The packages look there, whatever they are given.
  for (const [name, text] of Object.entries(env)) vi.stubEnv(name, text);
  onTestFinished(() => void vi.unstubAllEnvs());
  const options = telemetryOptions.parse({ otlp: { timeout: '300ms', ...otlp } });
  const signals = signalsOf(options, env);
  const otel = await startOtel({ options, env, signals, about: ABOUT, clock: systemClock, secrets });
  const events = new Events(otel.tracer);
  const problems: EventMap['problem'][] = [];
  events.on('problem', (problem) => problems.push(problem));
  const lost: EventMap['telemetry:lost'][] = [];
  events.on('telemetry:lost', (one) => lost.push(one));
  onTestFinished(otel.listen({ events, read: async () => statistics }));
  // Once more is nothing, for a test that did it.
  onTestFinished(() => otel.shutdown());
  return { ...otel, events, problems, lost };
}
