/**
 * The example origin: facts about real places behind an HTTP API that has limits, latency and faults as real ones do,
 * and counters that tell what it really saw. See README.md; `node examples/markets/origin.ts --help` lists the switches.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { Facts } from './facts.ts';
import { flagsFrom } from './flags.ts';
import { loadAtlas } from './places.ts';
import { Port } from './port.ts';
import { MarketsServer, send } from './server.ts';
import { type Switches, seededRandom, switches } from './switches.ts';
import { type Counters, Traffic } from './traffic.ts';

export interface MarketsOptions extends Partial<Switches> {
  /** 0, the default, is any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Of latencies and faults. */
  readonly seed?: number;
  /** Wall-clock ms since the epoch, which quotes follow. */
  readonly now?: () => number;
}

export type MarketsChange = Partial<Switches> & {
  /** Closes the port from now on, for this many ms. */
  readonly refuseFor?: number;
};

export interface MarketsOrigin {
  readonly url: string;
  /** With `keys`, also how often each key was asked for. */
  counters(options?: { readonly keys?: boolean }): Counters;
  resetCounters(): void;
  /** What is not named stays. Throws `ZodError` for a switch or value that does not exist. */
  control(change: MarketsChange): Switches;
  close(): Promise<void>;
}

/** A keep-alive connection is not closed before its callers give it up, which would look like a fault. */
const KEEP_ALIVE_MS = 65_000;

export async function startMarketsOrigin(options: MarketsOptions = {}): Promise<MarketsOrigin> {
  const { port = 0, host = '127.0.0.1', seed = 1, now = Date.now, ...given } = options;
  const atlas = await loadAtlas();
  const traffic = new Traffic(atlas.places);
  const markets = new MarketsServer({
    atlas,
    facts: new Facts(atlas, now),
    traffic,
    random: seededRandom(seed),
    switches: switches.parse(given),
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  const listening = new Port(server, host, port);
  await listening.open();
  const origin: MarketsOrigin = {
    url: listening.url,
    counters: ({ keys = false } = {}) => traffic.counters(performance.now(), keys),
    resetCounters: () => traffic.reset(performance.now()),
    control: ({ refuseFor = 0, ...change }) => {
      markets.switches = switches.parse({ ...markets.switches, ...change });
      if (refuseFor > 0) listening.refuse(refuseFor);
      return markets.switches;
    },
    close: async () => listening.close(),
  };
  server.on('request', (request, response) => {
    if (!markets.handle(request, response)) answerOperator(origin, request, response);
  });
  return origin;
}

function answerOperator(origin: MarketsOrigin, request: IncomingMessage, response: ServerResponse): void {
  const json = (value: unknown) => send(response, 200, `${JSON.stringify(value, null, 2)}\n`);
  const call = `${request.method} ${request.url}`;
  if (call === 'GET /_counters') json(origin.counters());
  else if (call === 'GET /_counters?keys=1') json(origin.counters({ keys: true }));
  else if (call === 'POST /_counters/reset') {
    origin.resetCounters();
    json(origin.counters());
  } else if (call === 'GET /_control') json(origin.control({}));
  else if (call === 'POST /_control') void answerControl(origin, request, response);
  else if (call === 'GET /')
    json({ name: 'markets', see: ['/markets/5128581/quote', '/_counters', '/_control'] });
  else send(response, 404, '{"error":"no such path"}');
}

const changeRequest = z.looseObject({ refuseFor: z.number().min(0).max(600_000).default(0) });

async function answerControl(
  origin: MarketsOrigin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { refuseFor, ...change } = changeRequest.parse(JSON.parse(await text(request)));
    const now = origin.control(change);
    // The answer is on its way before its connection is closed.
    if (refuseFor > 0) response.once('close', () => origin.control({ refuseFor }));
    send(response, 200, `${JSON.stringify(now, null, 2)}\n`, refuseFor > 0 ? ['connection', 'close'] : []);
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    send(response, 400, JSON.stringify({ error: message }));
  }
}

if (import.meta.main) {
  const { attached, ...options } = flagsFrom(process.argv);
  const origin = await startMarketsOrigin(options);
  console.log(`markets origin on ${origin.url}`);
  const stop = () => void origin.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (attached) process.stdin.resume().once('end', stop).once('close', stop);
}
