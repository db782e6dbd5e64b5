/**
 * An origin that counts for itself, as a process of its own: `GET /NAME?ms=30` takes so long and ends then, also when nobody waits
 * for it any more, as a server does that does not look at its connection. `GET /` tells what it counted.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mono } from '../../chaos/mono.ts';
import type { CountedCall } from './counts.ts';

const seen = new Map<string, CountedCall[]>();

function answer(request: IncomingMessage, response: ServerResponse): void {
  const from = mono();
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin');
  const name = pathname.slice(1);
  if (name === '') {
    response.end(JSON.stringify(Object.fromEntries(seen)));
    return;
  }
  const user = (searchParams.get('user') ?? 'run') as CountedCall['user'];
  const call = { user, began: Number(searchParams.get('began')), from, to: Number.POSITIVE_INFINITY };
  const calls = seen.get(name) ?? [];
  seen.set(name, calls);
  calls.push(call);
  setTimeout(
    () => {
      call.to = mono();
      response.end('{}');
    },
    Number(searchParams.get('ms')),
  );
}

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on('end', () => process.exit()).resume();
