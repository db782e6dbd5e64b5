/** What a process with roles tells of itself over HTTP: whether it lives, whether it is ready, and its metrics. */
import type { Movement } from '../core/health.ts';
import { EventLoopWatch } from '../http/event-loop.ts';
import { HttpListener, type MetricsPage } from '../http/http-listener.ts';
import { ProcessHealth, type ProcessHealthDeps } from '../http/process-health.ts';
import { progressItems } from '../http/progress.ts';
import { Reachable } from '../redis/reachable.ts';
import type { Settings } from '../settings/settings.ts';
import type { Parts } from './parts.ts';

export interface HealthDeps extends Pick<ProcessHealthDeps, 'roles' | 'needs'> {
  readonly parts: Parts;
  readonly options: Settings['http'];
  readonly metrics: MetricsPage;
  /** Whether it is served where `http` says. */
  readonly listens: boolean;
  /** What works all the time in this process. */
  readonly moving: readonly ({ readonly movements: () => readonly Movement[] } | undefined)[];
}

export function assembleHealth({ parts, options, listens, metrics, moving, roles, needs }: HealthDeps) {
  const { clients, clock, events } = parts;
  const eventLoop = new EventLoopWatch({ clock });
  const reachable = new Reachable({ redis: clients.jobs, clock });
  const progress = { clock, reachableSince: () => reachable.since() };
  const signs = () => {
    const movements = moving.flatMap((each) => each?.movements() ?? []);
    return [eventLoop.item(), ...progressItems(progress, movements)];
  };
  const health = new ProcessHealth({ roles, clock, needs, signs });
  const { host, port } = options;
  const listener =
    port === undefined || !listens
      ? undefined
      : new HttpListener({ place: { host, port }, health, metrics, clock, events });
  return { health, metrics, eventLoop, listener };
}
