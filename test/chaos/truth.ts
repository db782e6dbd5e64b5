/**
 * The origin: its value of a key is how often it was asked, and when. So a value tells its own age. Who has its latest value is now
 * and then told that nothing changed.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mono } from './mono.ts';

export interface Truth {
  readonly url: string;
  /** Answers take up to so long, in ms. */
  slow(ms: number): void;
  close(): Promise<void>;
}

/** Told of each value at the time when it was asked for, or confirmed. */
export interface Witness {
  asked(key: string, id: string, at: number): void;
  confirmed(key: string, id: string, at: number): void;
}

/** How often a value is confirmed that could be. */
const CONFIRMED = 0.4;

export async function startTruth(witness: Witness, random: () => number): Promise<Truth> {
  const latest = new Map<string, string>();
  let count = 0;
  let latency = 30;
  const server = createServer((request, response) => {
    const at = mono();
    const key = decodeURIComponent((request.url ?? '/').slice(1));
    const known = latest.get(key);
    const isSame = known !== undefined && request.headers['if-none-match'] === `"${known}"`;
    const isConfirmed = isSame && random() < CONFIRMED;
    count += 1;
    const id = isConfirmed ? known : `fetch-${count}`;
    if (isConfirmed) witness.confirmed(key, id, at);
    else witness.asked(key, id, at);
    latest.set(key, id);
    const answer = () => {
      response.setHeader('etag', `"${id}"`);
      response.setHeader('content-type', 'application/json');
      if (isConfirmed) response.writeHead(304).end();
      else response.end(JSON.stringify({ key, id }));
    };
    setTimeout(answer, random() * latency);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    slow(ms) {
      latency = ms;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
