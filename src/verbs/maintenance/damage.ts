/** Entries that turn out to be damaged while they are read: the tiers report and remove them. */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../core/clock.ts';
import type { Events } from '../../core/events.ts';
import type { Sources } from '../../core/sources.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Findings } from './findings.ts';
import { newestEntries } from './stored.ts';

export interface DamageDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly sources: Sources;
  readonly events: Events;
  readonly clock: Clock;
}

/** Damaged entries that are remembered, so that they do not count as lacking as well. */
const REMEMBERED = 10_000;

export class Damage {
  readonly #deps: DamageDeps;
  readonly #findings: Findings;
  readonly #off: () => void;
  /** Damaged entries, as tier and key. */
  readonly #seen = new Set<string>();
  readonly #open: string[] = [];

  /** `concerns` says which keys are validated. */
  constructor(deps: DamageDeps, findings: Findings, concerns: (key: string) => boolean) {
    this.#deps = deps;
    this.#findings = findings;
    this.#off = deps.events.on('tier:corrupt', ({ tier, key, reason }) => {
      if (!concerns(key) || this.isOf(tier, key)) return;
      if (this.#seen.size >= REMEMBERED) this.#seen.clear();
      this.#seen.add(`${tier} ${key}`);
      this.#open.push(key);
      findings.add('damaged', { key, tier, reason });
    });
  }

  /** Whether the entry of this key was damaged in this tier. */
  isOf(tier: string, key: string): boolean {
    return this.#seen.has(`${tier} ${key}`);
  }

  /** Copies what other tiers have of the damaged entries that are still open, and makes the rest due. Returns what was copied. */
  async mend(signal: AbortSignal): Promise<string[]> {
    const { stack, catalog, sources, clock } = this.#deps;
    const open = this.#open.splice(0);
    if (open.length === 0) return [];
    const entries = await newestEntries(stack, [...new Set(open)], signal);
    const writes = entries.map((entry) => ({ kind: 'put', entry }) as const);
    if (writes.length > 0) await stack.putMany(writes, signal);
    const whole = new Set(entries.map(({ head }) => head.key));
    const lost = open.filter((key) => !whole.has(key));
    for (const source of sources.values()) {
      const keys = lost.filter((key) => source.key.fits(key));
      if (keys.length > 0) await catalog.reschedule(source.name, keys, clock.now());
    }
    this.#findings.repaired('damaged', open.length);
    return [...whole];
  }

  /** Without a repair. */
  forget(): void {
    this.#open.length = 0;
  }

  close(): void {
    this.#off();
  }
}
