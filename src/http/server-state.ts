import type { Server } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { urlOf } from './listening.ts';

/** A server that listens. */
interface Listening {
  readonly server: Server;
  /** It takes nothing new then; resolves when every connection is closed. */
  readonly close: () => Promise<void>;
}

export interface ServerStateDeps {
  readonly clock: Clock;
  readonly open: () => Promise<Listening>;
}

/**
 * Opens a server once and closes it once, whatever is called meanwhile. What is in hand is answered; at the deadline every connection
 * is cut.
 *
 * States: stopped -> starting -> listening -> stopping -> stopped.
 */
export class ServerState {
  readonly #deps: ServerStateDeps;
  #starting: Promise<Listening> | undefined;
  #stopping: Promise<void> | undefined;
  #url: string | undefined;

  constructor(deps: ServerStateDeps) {
    this.#deps = deps;
  }

  /** Such as `http://127.0.0.1:7077`; undefined while it does not listen. */
  get url(): string | undefined {
    return this.#url;
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  async start(): Promise<void> {
    this.#starting ??= this.#open();
    await this.#starting;
  }

  async stop(deadline: number): Promise<void> {
    if (this.#starting === undefined) return;
    this.#stopping ??= this.#close(this.#starting, deadline);
    await this.#stopping;
  }

  async #open(): Promise<Listening> {
    const listening = await this.#deps.open();
    this.#url = urlOf(listening.server);
    return listening;
  }

  async #close(starting: Promise<Listening>, deadline: number): Promise<void> {
    const { clock } = this.#deps;
    // A start that failed has rejected already; there is nothing to close.
    const listening = await starting.catch(() => undefined);
    if (listening !== undefined) {
      const cut = clock.after(deadline - clock.now(), () => listening.server.closeAllConnections());
      await listening.close();
      cut.cancel();
    }
    this.#url = undefined;
    this.#starting = undefined;
    this.#stopping = undefined;
  }
}
