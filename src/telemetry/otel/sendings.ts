import type { Failure } from './lost-export.ts';

/** A message on its way to a receiver. */
export type Sending = Omit<Failure, 'error' | 'status'>;

/** The messages of a process that are under way. Each ends by itself, at the latest when its time is up. */
export class Sendings {
  readonly #underWay = new Set<Sending>();
  readonly #closers: (() => void)[] = [];
  #idle = Promise.withResolvers<void>();

  begin(sending: Sending): void {
    this.#underWay.add(sending);
  }

  /** Returns whether anybody still waits for it. */
  end(sending: Sending): boolean {
    const isAwaited = this.#underWay.delete(sending);
    if (this.#underWay.size === 0) this.#idle.resolve();
    return isAwaited;
  }

  /** Resolves once nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) {
      this.#idle = Promise.withResolvers();
      await this.#idle.promise;
    }
  }

  /** What nobody waits for any longer. */
  giveUp(): readonly Sending[] {
    const all = [...this.#underWay];
    for (const one of all) this.end(one);
    return all;
  }

  /** Called by `close`: an exporter whose last message was lost is never told that it is over. */
  onClose(close: () => void): void {
    this.#closers.push(close);
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close();
  }
}
