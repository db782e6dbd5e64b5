import type { CallReport, Ledger, LedgerState, Permit, Quota } from '../../src/budget/ledger.ts';
import type { BudgetUser } from '../../src/core/budget.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Stamp } from '../../src/core/entry.ts';

/**
 * A real ledger, but for its stamps: they come from the test's clock, strictly increasing, so that what is fetched is as old as
 * that clock says. It counts the permits that are out.
 */
export class FakeTimeLedger implements Ledger {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #last = 0;
  /** Permits given and not released. */
  out = 0;
  /** Permits given so far. */
  given = 0;

  constructor({ ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock }) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  async permit(origin: string, signal: AbortSignal, user?: BudgetUser): Promise<Permit> {
    const permit = await this.#ledger.permit(origin, signal, user);
    this.out += 1;
    this.given += 1;
    let held = true;
    const release = (report?: CallReport) => {
      if (held) this.out -= 1;
      held = false;
      permit.release(report);
    };
    return { stamp: this.#stamp(), release };
  }

  told(origin: string, quota: Quota): void {
    this.#ledger.told(origin, quota);
  }

  async stamp(origin: string): Promise<Stamp> {
    await this.#ledger.stamp(origin);
    return this.#stamp();
  }

  pause(...of: Parameters<Ledger['pause']>): Promise<void> {
    return this.#ledger.pause(...of);
  }

  state(origin: string): Promise<LedgerState> {
    return this.#ledger.state(origin);
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }

  #stamp(): Stamp {
    this.#last = Math.max(this.#last + 1, this.#clock.now() * 1_000);
    return this.#last;
  }
}
