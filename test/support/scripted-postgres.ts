/** As PostgreSQL over the wire, and hostile: it asks for the password, then refuses each query and repeats what it was sent. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ScriptedPostgres {
  readonly port: number;
  /** All that it was sent, as text. */
  readonly sent: readonly string[];
}

/** Closed when the test ends. What connections and lists begin with it takes. */
export async function startScriptedPostgres(): Promise<ScriptedPostgres> {
  const sent: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
    const session = new Session();
    socket.on('data', (bytes: Buffer) => {
      sent.push(bytes.toString());
      socket.write(session.answer(bytes));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, sent };
}

/** https://www.postgresql.org/docs/current/protocol-flow.html */
class Session {
  #greeting = '';
  #password = '';

  answer(bytes: Buffer): Buffer {
    if (this.#greeting !== '')
      return Buffer.concat(messagesIn(bytes).map(([type, body]) => this.#to(type, body)));
    this.#greeting = words(bytes);
    return message('R', int(3));
  }

  #to(type: string, body: Buffer): Buffer {
    if (type === 'p') {
      this.#password = words(body);
      return Buffer.concat([message('R', int(0)), READY]);
    }
    if (type === 'S') return READY;
    if (type !== 'Q' && type !== 'P') return Buffer.alloc(0);
    const answer = GREETINGS.find(([text]) => words(body).startsWith(text))?.[1] ?? this.#refusal(body);
    return type === 'Q' ? Buffer.concat([answer, READY]) : answer;
  }

  #refusal(body: Buffer): Buffer {
    const said = `cannot do ${words(body)} for ${this.#greeting} with ${this.#password}`;
    return message('E', Buffer.from(`SERROR\0VERROR\0C42501\0M${said}\0\0`));
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int(body.byteLength + 4), body]);
}

/** One row of one column, an int4. */
function oneNumber(name: string, value: string): Buffer {
  const column = [
    Buffer.from(`${name}\0`),
    int(0),
    Buffer.of(0, 0),
    int(23),
    Buffer.of(0, 4),
    int(-1),
    Buffer.of(0, 0),
  ];
  const row = [Buffer.of(0, 1), int(value.length), Buffer.from(value)];
  return Buffer.concat([
    message('T', Buffer.concat([Buffer.of(0, 1), ...column])),
    message('D', Buffer.concat(row)),
    message('C', Buffer.from('SELECT 1\0')),
  ]);
}

/** What connections and lists begin with. */
const GREETINGS: readonly (readonly [string, Buffer])[] = [
  ['SET', message('C', Buffer.from('SET\0'))],
  ['BEGIN', message('C', Buffer.from('BEGIN\0'))],
  ['SELECT pg_backend_pid', oneNumber('pid', '7')],
];

const READY = message('Z', Buffer.from('I'));

/** Messages as short as these come whole. */
function messagesIn(bytes: Buffer): [type: string, body: Buffer][] {
  const messages: [string, Buffer][] = [];
  for (let at = 0; at + 5 <= bytes.byteLength; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    messages.push([String.fromCharCode(bytes[at] ?? 0), bytes.subarray(at + 5, end)]);
    at = end;
  }
  return messages;
}

function words(bytes: Buffer): string {
  return bytes
    .toString()
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}
