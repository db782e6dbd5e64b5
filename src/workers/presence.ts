import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Service } from '../flow/service.ts';

export interface PresenceParts {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly events: Events;
  readonly id: string;
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  /** What the memory tier of this process holds. */
  readonly memory: () => Promise<ProcessBeat['memory']>;
}

const EVERY_MS = 4_000;

/** Tells the others that this process is there, and what its memory holds: a memory tier belongs to its process. */
export class Presence implements Service {
  readonly name = 'presence';
  readonly #parts: PresenceParts;
  #timer: Timer | undefined;
  #startedAt = 0;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#startedAt > 0) return;
    this.#startedAt = this.#parts.clock.now();
    await this.#beat();
  }

  async stop(): Promise<void> {
    if (this.#startedAt === 0) return;
    this.#startedAt = 0;
    this.#timer?.cancel();
    const { registry, id, events } = this.#parts;
    await registry.leave(id).catch((error: unknown) => events.emit('problem', { where: 'presence', error }));
  }

  async #beat(): Promise<void> {
    const { registry, clock, events, id, roles, host, pid, memory } = this.#parts;
    try {
      const startedAt = this.#startedAt;
      await registry.beat({ id, roles, host, pid, startedAt, seenAt: clock.now(), memory: await memory() });
    } catch (error) {
      events.emit('problem', { where: 'presence', error });
    }
    if (this.#startedAt > 0) this.#timer = clock.after(EVERY_MS, () => void this.#beat());
  }
}
