/** A TCP proxy between one process and one server: it passes bytes on, late, never, or not at all. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { mono } from './mono.ts';

type Mode = 'pass' | 'cut' | 'swallow';

interface Manner {
  mode: Mode;
  /** What passes arrives so much later, in ms. */
  delay: number;
}

export class Link {
  readonly #server: Server;
  readonly #port: number;
  readonly #target: number;
  readonly #manner: Manner = { mode: 'pass', delay: 0 };
  readonly #sockets = new Set<Socket>();
  /** The connections there are; each may be forgotten. */
  readonly #routes = new Set<Route>();

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.#port = port;
    this.#target = target;
    server.on('connection', (client) => this.#accept(client));
  }

  static async start(target: number): Promise<Link> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new Link(server, address.port, target);
  }

  /** Where the process reaches the server. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  slow(delay: number): void {
    this.#manner.delay = delay;
  }

  /** Ends every connection, and every new one at once. */
  cut(): void {
    this.#manner.mode = 'cut';
    this.#hangUp();
  }

  /** Connections stay, and nothing arrives any more in either direction, also not of what is sent meanwhile. */
  swallow(): void {
    this.#manner.mode = 'swallow';
  }

  /** The connections there are swallow all from now on, for ever, and say nothing of it. New ones are as they should be. */
  forget(): void {
    for (const route of this.#routes) route.isForgotten = true;
  }

  /** Connections that lost bytes are ended. */
  heal(): void {
    if (this.#manner.mode === 'swallow') this.#hangUp();
    this.#manner.mode = 'pass';
    this.#manner.delay = 0;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#hangUp();
    await once(this.#server, 'close');
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(client: Socket): void {
    if (this.#manner.mode === 'cut') {
      client.on('error', () => {});
      client.destroy();
      return;
    }
    const upstream = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    const route: Route = { isForgotten: false };
    this.#routes.add(route);
    client.on('close', () => this.#routes.delete(route));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      const line = new Line(to, this.#manner, route);
      this.#sockets.add(from);
      from.on('data', (bytes) => line.take(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

interface Route {
  isForgotten: boolean;
}

/** One direction of a connection: what is late stays in order. */
class Line {
  readonly #to: Socket;
  readonly #manner: Manner;
  readonly #route: Readonly<Route>;
  readonly #waiting: { readonly bytes: Buffer; readonly at: number }[] = [];

  constructor(to: Socket, manner: Manner, route: Readonly<Route>) {
    this.#to = to;
    this.#route = route;
    this.#manner = manner;
  }

  take(bytes: Buffer): void {
    const { delay } = this.#manner;
    if (this.#isDeaf) return;
    if (delay === 0 && this.#waiting.length === 0) {
      this.#to.write(bytes);
      return;
    }
    this.#waiting.push({ bytes, at: mono() + delay });
    if (this.#waiting.length === 1) this.#wait(delay);
  }

  get #isDeaf(): boolean {
    return this.#manner.mode === 'swallow' || this.#route.isForgotten;
  }

  #wait(ms: number): void {
    setTimeout(() => this.#pass(), Math.max(0, ms));
  }

  #pass(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      const early = first.at - mono();
      if (early > 0.5) {
        this.#wait(early);
        return;
      }
      this.#waiting.shift();
      if (!this.#isDeaf && !this.#to.destroyed) this.#to.write(first.bytes);
    }
  }
}
