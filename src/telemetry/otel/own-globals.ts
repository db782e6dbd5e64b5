import { context, diag, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { registeredIn } from '../registered-api.ts';

const NAMES = ['trace', 'metrics', 'logs', 'context', 'propagation', 'diag'] as const;
type Part = (typeof NAMES)[number];
const PARTS: Readonly<Record<Part, { disable(): void }>> = {
  trace,
  metrics,
  logs,
  context,
  propagation,
  diag,
};

/**
 * What one start of the SDK registers for the whole process. It is taken back by identity: what an application, or another start, has
 * registered stays as it is, whoever stops first.
 */
export class OwnGlobals {
  readonly #own = new Map<Part, unknown>();

  /** Whether nobody else has registered it. */
  isFree(part: Part): boolean {
    const now = registeredIn(globalThis)[part];
    return now === undefined || now === this.#own.get(part);
  }

  /** What this registers, at once, is ours; what it takes from another is given back. */
  claim<T>(register: () => T): T {
    const before = { ...registeredIn(globalThis) };
    try {
      return register();
    } finally {
      for (const part of NAMES) this.#claim(part, before[part]);
    }
  }

  release(...parts: readonly Part[]): void {
    for (const part of parts.length === 0 ? NAMES : parts) {
      const own = this.#own.get(part);
      if (own !== undefined && registeredIn(globalThis)[part] === own) PARTS[part].disable();
      this.#own.delete(part);
    }
  }

  #claim(part: Part, before: unknown): void {
    const now = registeredIn(globalThis)[part];
    if (now === undefined || now === before) return;
    if (before === undefined || before === this.#own.get(part)) this.#own.set(part, now);
    else Object.assign(registeredIn(globalThis), { [part]: before });
  }
}
