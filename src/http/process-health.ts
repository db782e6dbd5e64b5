/**
 * What every role serves: health, readiness, metrics.
 *
 * `ProcessHealth` knows whether this process lives and whether it is ready. It is told the signs of life (lanes that make progress,
 * the event loop) and the needs of its roles (the jobs Redis, a tier that answers, a filled memory) by `src/app`, which knows
 * them. `HttpListener` serves the result in every role, and the control API serves the same under the same paths.
 *
 * What must stay true:
 * - Live means that a restart would not help: a server that is away, work that is slow and a stop that goes on are no reasons.
 * - Ready means that this process does its work now. It tells every need, with its reason, also those that are met.
 * - Both end within `PATIENCE.health`, whatever does not answer; and however many ask, the servers are asked once at a time.
 * - Nothing here needs Redis to answer.
 */
import type { SilentTier } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import { type HealthItem, isWell, type ProcessState, type Readiness } from '../core/health.ts';
import { orAfter } from '../flow/deadline.ts';
import { PATIENCE } from '../flow/patience.ts';

export interface ProcessHealthDeps {
  readonly roles: readonly string[];
  readonly clock: Clock;
  /** What shows that this process goes on with its work. Each is asked of this process alone, and at once. */
  readonly signs: () => readonly HealthItem[];
  readonly needs: () => Promise<Readiness>;
}

export interface Liveness {
  readonly status: 'alive' | 'stuck';
  readonly roles: readonly string[];
  readonly checks: readonly HealthItem[];
}

export interface ReadinessReport {
  readonly status: 'ready' | 'not-ready' | 'starting' | 'draining';
  readonly roles: readonly string[];
  readonly checks: readonly HealthItem[];
  readonly silent: readonly SilentTier[];
}

/** Of what is stuck, so many are told to the others. */
const MOST_STUCK = 20;

const STARTING: HealthItem = { name: 'process', reason: 'it is starting' };
const DRAINING: HealthItem = {
  name: 'process',
  reason: 'it is stopping: what is in hand is finished or goes back to the queue',
};

export class ProcessHealth {
  readonly #deps: ProcessHealthDeps;
  #phase: ProcessState['phase'] = 'starting';
  #looking: Promise<Readiness> | undefined;

  constructor(deps: ProcessHealthDeps) {
    this.#deps = deps;
  }

  /** Every service runs. */
  started(): void {
    if (this.#phase === 'starting') this.#phase = 'working';
  }

  /** The process stops: it takes nothing new, and is not to be restarted for that. */
  drains(): void {
    this.#phase = 'draining';
  }

  /** What the others are told of it, but for its lanes. */
  state(): Omit<ProcessState, 'lanes'> {
    const stuck = this.live().checks.filter((check) => !isWell(check));
    return { phase: this.#phase, stuck: stuck.slice(0, MOST_STUCK) };
  }

  live(): Liveness {
    const { roles, signs } = this.#deps;
    const checks = this.#phase === 'working' ? signs() : [];
    return { status: checks.every(isWell) ? 'alive' : 'stuck', roles, checks };
  }

  async ready(): Promise<ReadinessReport> {
    const { roles } = this.#deps;
    if (this.#phase === 'starting') return { status: 'starting', roles, checks: [STARTING], silent: [] };
    if (this.#phase === 'draining') return { status: 'draining', roles, checks: [DRAINING], silent: [] };
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    const { needs, silent } = await this.#looking;
    return { status: needs.every(isWell) ? 'ready' : 'not-ready', roles, checks: needs, silent };
  }

  async #look(): Promise<Readiness> {
    const { clock, needs } = this.#deps;
    const late: HealthItem = { name: 'answer', reason: `no answer within ${PATIENCE.health} ms` };
    return orAfter(clock, PATIENCE.health, needs(), () => ({ needs: [late], silent: [] }));
  }
}
