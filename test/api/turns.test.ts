/** What a request holds, however much of it, keeps nobody else waiting: the longest turn of the event loop, in processor time. */
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { install, start } from '../support/build-installation.ts';
import { longestTurn } from '../support/turns.ts';

const agent = new Agent({ keepAlive: true });
const LARGEST = 999_000;
const NDJSON = 'application/x-ndjson';

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** As many pieces as a body may hold, the last without its comma. */
function filled(open: string, close: string, piece: (i: number) => string): Buffer {
  const parts = [open];
  let length = open.length + close.length;
  for (let i = 0; length + piece(i).length <= LARGEST; i += 1) {
    parts.push(piece(i));
    length += piece(i).length;
  }
  return Buffer.from(parts.join('').replace(/,$/, '') + close);
}

/** What a caller can put into a body, by the member that has to be there for more than a look at its shape. */
const BODIES: readonly (readonly [member: string, what: string, body: Buffer])[] = [
  ['', 'a member of each name', filled('{', '}', (i) => `"a${i}":1,`)],
  ['keys', 'keys that are numbers', filled('{"keys":[', ']}', () => '1,')],
  ['known', 'known ids', filled('{"keys":["profile:m1"],"known":{', '}}', (i) => `"a${i}":"b",`)],
  ['ids', 'ids', filled('{"ids":[', ']}', (i) => `"a${i}",`)],
  ['limit', 'keys', filled('{"limit":1,"keys":[', ']}', (i) => `"profile:m${i}",`)],
  ['rows', 'rows', filled('{"limit":1,"source":"profile","rows":[', ']}', (i) => `{"market":"m${i}"},`)],
  ['rows', 'rows of other columns each', filled('{"source":"profile","rows":[', ']}', (i) => `{"a${i}":1},`)],
  ['rows', 'a row of many columns', filled('{"source":"profile","rows":[{', '}]}', (i) => `"a${i}":1,`)],
  ['rows', 'empty lists', filled('{"rows":[', ']}', () => '[],')],
  ['rows', 'lists in lists', Buffer.from('['.repeat(LARGEST))],
  ['keys', 'objects in objects', Buffer.from(`{"keys":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}`)],
  ['dryRun', 'keys', filled('{"dryRun":true,"selector":"key=', '"}', (i) => `profile:m${i},`)],
  ['mode', 'tags', filled('{"dryRun":true,"selector":"tag=', '"}', (i) => `market:m${i},`)],
  ['dryRun', 'prefixes', filled('{"dryRun":true,"selector":"prefix=', '"}', (i) => `profile:m${i},`)],
  ['mode', 'sources', filled('{"dryRun":true,"selector":"source=', '"}', (i) => `s${i},`)],
];

const LINES: Readonly<Record<string, Buffer>> = {
  'empty lines': Buffer.from('\n'.repeat(LARGEST)),
  'objects that are empty': Buffer.from('{}\n'.repeat(LARGEST / 3)),
  'one long line': Buffer.from(`{"market":"${'x'.repeat(LARGEST - 20)}"}`),
  'a line of lists in lists': Buffer.from('['.repeat(LARGEST)),
  'a line of many members': filled('{', '}', (i) => `"a${i}":1,`),
};

type Schema = { readonly $ref?: string; readonly properties?: object };
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Components {
  readonly schemas: Readonly<Record<string, Schema>>;
}

function* bodiesFor(
  post: Operation | undefined,
  { schemas }: Components,
): Generator<readonly [what: string, body: Buffer, type: string]> {
  const content = post?.requestBody?.content ?? {};
  if (NDJSON in content) for (const [what, body] of Object.entries(LINES)) yield [what, body, NDJSON];
  const schema = content['application/json']?.schema;
  if (schema === undefined) return;
  const { properties = {} } = schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
  for (const [member, what, body] of BODIES)
    if (member === '' || member in properties) yield [what, body, 'application/json'];
}

function send(port: number, path: string, body: Buffer, type: string): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path, headers, agent }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
      );
    });
    // Who sends on after a refusal may find the connection closed.
    sent.on('error', () => resolve({ status: 0, text: '' }));
    sent.end(body);
  });
}

test('no body holds up the event loop for 50 ms, at any route', async () => {
  const installation = await install({ aof: false });
  await writeFile(installation.csv, 'market\nm0\nm1\n');
  const app = await start(installation, ['api'], {
    sources: {
      profile: {
        ...{ origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } },
        tags: ['market:{market}', 'state:{state}'],
      },
    },
  });
  const port = Number(new URL(app.apiUrl ?? '').port);
  onTestFinished(() => agent.destroy());
  const api = await fetch(`${app.apiUrl}/v1/openapi.json`);
  // Of the two kinds of bodies that there are.
  const document = (await api.json()) as {
    paths: Record<string, { post?: Operation }>;
    components: Components;
  };
  const long: Record<string, number> = {};
  for (const [path, { post }] of Object.entries(document.paths)) {
    for (const [what, body, type] of bodiesFor(post, document.components)) {
      const query = type === NDJSON && path === '/v1/runs' ? '?source=profile&limit=1' : '';
      const ms = await longestTurn(async () => {
        const { status, text } = await send(port, path.replace(/\{\w+\}/g, 'x') + query, body, type);
        expect(status < 500, `${path}, ${what}: ${text.slice(0, 300)}`).toBe(true);
        if (status >= 400) expect(text.length, `${path}, ${what}`).toBeLessThan(20_000);
      });
      if (ms >= 50) long[`${path}, ${what}`] = Math.round(ms);
    }
  }
  expect(long).toEqual({});
});
