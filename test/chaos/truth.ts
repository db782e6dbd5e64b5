/** The origin: its value of a key is how often it was asked, and when. So a value tells its own age. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mono } from './mono.ts';

export interface Truth {
  readonly url: string;
  /** Answers take up to so long, in ms. */
  slow(ms: number): void;
  close(): Promise<void>;
}

/** `asked` is told of each value at the time when it was asked for. */
export async function startTruth(
  asked: (key: string, id: string, at: number) => void,
  random: () => number,
): Promise<Truth> {
  let count = 0;
  let latency = 30;
  const server = createServer((request, response) => {
    const at = mono();
    const key = decodeURIComponent((request.url ?? '/').slice(1));
    count += 1;
    const id = `fetch-${count}`;
    asked(key, id, at);
    const answer = () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ key, id }));
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
