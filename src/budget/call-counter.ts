import type { CallReport, CallTotals } from './ledger.ts';

/** Counts the calls of one process at one origin, from its start. */
export class CallCounter {
  readonly #calls = { ok: 0, throttled: 0, failed: 0, ms: 0 };

  count({ outcome, ms }: CallReport): void {
    this.#calls[outcome] += 1;
    this.#calls.ms += ms;
  }

  get totals(): CallTotals {
    return { ...this.#calls };
  }
}

export function sumCalls(all: readonly CallTotals[]): CallTotals {
  const sum = (of: keyof CallTotals) => all.reduce((total, calls) => total + calls[of], 0);
  return { ok: sum('ok'), throttled: sum('throttled'), failed: sum('failed'), ms: sum('ms') };
}
