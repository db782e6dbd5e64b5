export interface ServerStateDeps<S> {
  /** Listens, and returns the server and where it can be reached. */
  readonly open: () => Promise<{ readonly server: S; readonly url: string }>;
  /** Closes it, at the latest at `deadline` (ms on the clock). */
  readonly close: (server: S, deadline: number) => Promise<void>;
}

/**
 * Opens a server once and closes it once, whatever is called meanwhile.
 *
 * States: stopped -> starting -> listening -> stopping -> stopped.
 */
export class ServerState<S> {
  readonly #deps: ServerStateDeps<S>;
  #starting: Promise<S> | undefined;
  #stopping: Promise<void> | undefined;
  #url: string | undefined;

  constructor(deps: ServerStateDeps<S>) {
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

  async #open(): Promise<S> {
    const { server, url } = await this.#deps.open();
    this.#url = url;
    return server;
  }

  async #close(starting: Promise<S>, deadline: number): Promise<void> {
    // A start that failed has rejected already; there is nothing to close.
    const server = await starting.catch(() => undefined);
    if (server !== undefined) await this.#deps.close(server, deadline);
    this.#url = undefined;
    this.#starting = undefined;
    this.#stopping = undefined;
  }
}
