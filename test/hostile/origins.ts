/** The origins of the hostile run: one that picks its behaviour for each call, and ones that are well. All count what they see. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { BODIES } from './bodies.ts';
import { CONNECTIONS } from './connections.ts';
import { ANSWERED, type Behaviour, type Exchange, goodWith } from './exchange.ts';
import { STATUSES } from './statuses.ts';

export const BEHAVIOURS: readonly Behaviour[] = [...STATUSES, ...BODIES, ...CONNECTIONS];

const GOOD: Behaviour = { name: 'good', means: 'good', act: goodWith() };

export interface OriginCounts {
  readonly calls: number;
  readonly byBehaviour: Readonly<Record<string, number>>;
  /** Most calls begun within any second, and most under way at a time. */
  readonly peakPerSecond: number;
  readonly peakInFlight: number;
}

export interface TestOrigin {
  readonly url: string;
  counts(): OriginCounts;
  /** How often in a row it said of an id that there is no such value. */
  absences(id: string): number;
  close(): Promise<void>;
}

export interface TestOriginOptions {
  /** By the seed. */
  readonly random: () => number;
  /** What it picks from, but for the share of calls that are answered well. */
  readonly behaviours: readonly Behaviour[];
  readonly goodShare: number;
}

export async function startOrigin(options: TestOriginOptions): Promise<TestOrigin> {
  const counter = new Counter();
  const absences = new Map<string, number>();
  const sockets = new Set<Socket>();
  let revision = 0;
  const pick = (): Behaviour => {
    const { behaviours, goodShare, random } = options;
    if (behaviours.length === 0 || random() < goodShare) return GOOD;
    const open = seldomest(behaviours, counter.counts().byBehaviour);
    return open[Math.floor(random() * open.length)] ?? GOOD;
  };
  const server = createServer((socket) => {
    const timers = new Set<NodeJS.Timeout>();
    sockets.add(socket);
    counter.open(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      for (const timer of timers) clearTimeout(timer);
    });
    socket.on('error', () => undefined);
    onRequests(socket, (id) => {
      revision += 1;
      const behaviour = pick();
      counter.begin(behaviour.name, socket);
      if (behaviour.means === 'absence') absences.set(id, (absences.get(id) ?? 0) + 1);
      else if (behaviour.means === 'good') absences.delete(id);
      behaviour.act(exchangeOf(socket, timers, id, revision));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    counts: () => counter.counts(),
    absences: (id) => absences.get(id) ?? 0,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Those that were shown least, so that a short run shows many. */
function seldomest(behaviours: readonly Behaviour[], shown: OriginCounts['byBehaviour']): Behaviour[] {
  const timesOf = ({ name }: Behaviour) => shown[name] ?? 0;
  const least = Math.min(...behaviours.map(timesOf));
  const open = behaviours.filter((behaviour) => timesOf(behaviour) === least);
  const brief = open.filter(({ silences }) => silences !== true);
  return brief.length > 0 ? brief : open;
}

function exchangeOf(socket: Socket, timers: Set<NodeJS.Timeout>, id: string, rev: number): Exchange {
  return {
    socket,
    id,
    good: JSON.stringify({ id, rev, text: 'x'.repeat(100) }),
    later(ms, act) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!socket.destroyed) act();
      }, ms);
      timers.add(timer);
    },
  };
}

/** Calls back for each request on a connection; requests here have no bodies. */
function onRequests(socket: Socket, onRequest: (id: string) => void): void {
  let seen = '';
  socket.on('data', (chunk) => {
    seen += chunk.toString('latin1');
    for (let end = seen.indexOf('\r\n\r\n'); end >= 0; end = seen.indexOf('\r\n\r\n')) {
      const path = /^GET (\S+) /.exec(seen)?.[1] ?? '/';
      seen = seen.slice(end + 4);
      onRequest(decodeURIComponent(path.split('/').at(-1) ?? ''));
    }
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const SECOND_MS = 1_000;

/** Counts calls as they arrive. One is over when its answer has left, or its connection has closed. */
class Counter {
  #calls = 0;
  readonly #byBehaviour: Record<string, number> = {};
  #recent: number[] = [];
  #peakPerSecond = 0;
  #peakInFlight = 0;
  readonly #open = new Set<Socket>();

  open(socket: Socket): void {
    const over = () => this.#open.delete(socket);
    socket.on(ANSWERED, over);
    socket.on('close', over);
  }

  begin(behaviour: string, socket: Socket): void {
    const now = performance.now();
    this.#calls += 1;
    this.#byBehaviour[behaviour] = (this.#byBehaviour[behaviour] ?? 0) + 1;
    this.#recent = [...this.#recent.filter((at) => at > now - SECOND_MS), now];
    this.#peakPerSecond = Math.max(this.#peakPerSecond, this.#recent.length);
    this.#open.add(socket);
    this.#peakInFlight = Math.max(this.#peakInFlight, this.#open.size);
  }

  counts(): OriginCounts {
    return {
      calls: this.#calls,
      byBehaviour: this.#byBehaviour,
      peakPerSecond: this.#peakPerSecond,
      peakInFlight: this.#peakInFlight,
    };
  }
}
