/** A listening server whose port can be closed for a while, as in an outage. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export class Port {
  readonly #server: Server;
  readonly #host: string;
  #port: number;
  #reopening: NodeJS.Timeout | undefined;

  constructor(server: Server, host: string, port: number) {
    this.#server = server;
    this.#host = host;
    this.#port = port;
  }

  get url(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `http://${host}:${this.#port}`;
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, this.#host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    // A path stands here only for Unix sockets, which `open` never asks for.
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Closes every connection and refuses new ones until `ms` have passed. */
  refuse(ms: number): void {
    this.close();
    this.#reopening = setTimeout(() => this.#server.listen(this.#port, this.#host), ms);
  }

  close(): void {
    clearTimeout(this.#reopening);
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
