/** What a process sends by OTLP, as a service of it. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { roleOf } from '../core/role.ts';
import type { Tracer } from '../core/tracing.ts';
import { VERSION } from '../core/version.ts';
import { settleBy } from '../flow/deadline.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Service } from '../flow/service.ts';
import type { Settings } from '../settings/settings.ts';
import { applicationTracer } from '../telemetry/application-tracer.ts';
import { spansFromEvents } from '../telemetry/otel/events-to-spans.ts';
import type { TelemetrySource } from '../telemetry/otel/start.ts';
import { wrongVariables } from '../telemetry/otel-variables.ts';
import { openTelemetry } from '../telemetry/telemetry.ts';
import type { Role } from './app.ts';
import { machine } from './deps.ts';

interface TelemetryOptions {
  readonly settings: Settings;
  readonly roles: readonly Role[];
  readonly env: NodeJS.ProcessEnv;
}

export interface ProcessTelemetry {
  /** Names the process. */
  readonly id: string;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** To be the first to start, and so the last to stop; on the clock of its deadline. */
  services(source: TelemetrySource, time: Clock): readonly Service[];
}

/** Of a reader: what it does shows in the traces of its application. Returns what makes that show, once there are events. */
export async function tracerOfApplication({ telemetry, secrets }: Settings) {
  const { clock } = machine();
  const { tracer, listening, problem } = await applicationTracer({
    ...{ traces: telemetry.traces, secrets, globals: globalThis },
    elapsed: () => clock.elapsed(),
    now: () => clock.now(),
  });
  // Nobody listens to events yet, and an application has no log of ours.
  if (problem !== undefined) process.emitWarning(problem);
  const listen = (events: Events) => {
    if (listening !== undefined) spansFromEvents(events, listening);
  };
  return { tracer, listen };
}

/** Before the process boots, so that all it does is traced. A command is over too soon to be worth it. */
export async function assembleTelemetry({
  settings,
  roles,
  env,
}: TelemetryOptions): Promise<ProcessTelemetry> {
  const id = randomUUID();
  const off = { id, services: () => [] };
  if (roles.length === 0) return off;
  const { clock, host, pid } = machine();
  const telemetry = await openTelemetry({
    ...{ env, clock, options: settings.telemetry, secrets: settings.secrets },
    about: { id, version: VERSION, role: roleOf(roles), host, pid },
  });
  const wrong = wrongVariables(env, settings.telemetry.otlp.protocol);
  if (telemetry === undefined && wrong.length === 0) return off;
  const service = (source: TelemetrySource, time: Clock): Service => ({
    name: 'telemetry',
    start: async () => {
      for (const error of wrong) source.events.emit('problem', { where: 'OpenTelemetry', error });
      telemetry?.start(source);
    },
    stop: async (deadline) => {
      const until = Math.min(deadline, time.now() + PATIENCE.receiver);
      await settleBy(time, until, telemetry?.stop() ?? Promise.resolve());
      telemetry?.giveUp();
    },
  });
  return {
    ...{ id, ...(telemetry !== undefined && { tracer: telemetry.tracer }) },
    services: (source, time) => [service(source, time)],
  };
}
