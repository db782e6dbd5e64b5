/** A sentinel (of RESP 3) that names one server, reports failovers when it is told to, and can hold its replies back. */
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export class ScriptedSentinel {
  readonly #master: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #subscribed = new Set<Socket>();
  /** Calls that are held back, to be made by `release`. */
  #held: (() => void)[] | undefined;

  constructor(master: string) {
    this.#master = new URL(master);
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => this.#hear(socket, data.toString()));
    });
  }

  static async start(master: string): Promise<{ sentinel: ScriptedSentinel; port: number }> {
    const sentinel = new ScriptedSentinel(master);
    await new Promise<void>((resolve) => sentinel.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => sentinel.#close());
    const address = sentinel.#server.address();
    return { sentinel, port: typeof address === 'object' && address !== null ? address.port : 0 };
  }

  get subscribers(): number {
    return this.#subscribed.size;
  }

  get waiting(): number {
    return this.#held?.length ?? 0;
  }

  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const reply of held) reply();
  }

  reportFailover(): void {
    for (const socket of this.#subscribed)
      socket.write(`>${listOf('message', '+switch-master', 'main').slice(1)}`);
  }

  #hear(socket: Socket, text: string): void {
    // Several commands may come at once; each is a list.
    for (const command of text.split(/^(?=\*\d)/m)) this.#reply(socket, command.toLowerCase());
  }

  #reply(socket: Socket, command: string): void {
    if (command.includes('get-master-addr-by-name')) {
      const say = () => socket.write(listOf(this.#master.hostname, this.#master.port));
      if (this.#held === undefined) say();
      else this.#held.push(say);
    } else if (command.includes('subscribe')) {
      this.#subscribed.add(socket);
      socket.write(`>3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n`);
    } else socket.write(command.includes('sentinels') ? '*0\r\n' : '+OK\r\n');
  }

  async #close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function listOf(...texts: readonly string[]): string {
  return `*${texts.length}\r\n${texts.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`;
}
