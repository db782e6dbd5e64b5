import type { Clock } from '../core/clock.ts';
import { type Claim, PROBE_COUNTS_MS, type ProbeRecord, type Probes } from './probes.ts';

/** The probes of this process alone, for while the jobs Redis is away. */
export class LocalProbes implements Probes {
  readonly #clock: Clock;
  readonly #last = new Map<string, { readonly since: number; readonly found: 'asked' | ProbeRecord }>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async claim(origin: string): Promise<Claim> {
    const last = this.#last.get(origin);
    const now = this.#clock.elapsed();
    if (last !== undefined && now - last.since < PROBE_COUNTS_MS) return last.found;
    this.#last.set(origin, { since: now, found: 'asked' });
    return 'claimed';
  }

  async note(origin: string, record: ProbeRecord | undefined): Promise<void> {
    if (record === undefined) this.#last.delete(origin);
    else this.#last.set(origin, { since: this.#last.get(origin)?.since ?? 0, found: record });
  }
}
