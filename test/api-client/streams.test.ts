/** Event streams and exports through the typed client. */
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createClient } from '../../src/api-client/client.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { startApi } from '../support/api-server.ts';
import { pagesIn } from '../support/pages.ts';
import { type Script, startScriptedServer } from '../support/scripted-server.ts';

const event = (revision: number) =>
  `event: run\nid: ${revision}\ndata: {"id":"one","revision":${revision}}\n\n`;
const END = 'event: end\ndata: {"reason":"finished"}\n\n';
const streaming = (write: (response: ServerResponse) => void): Script => {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    write(response);
  };
};

/** A clock whose timers of these lengths fire at once, and whose others never do. */
function hurrying(fits: (ms: number) => boolean, waited: number[] = []): Clock {
  return {
    ...systemClock,
    after(ms, fire) {
      if (!fits(ms)) return { cancel: () => {} };
      waited.push(ms);
      const soon = setImmediate(fire);
      return { cancel: () => clearImmediate(soon) };
    },
  };
}

const isPause = (ms: number) => ms <= 10_000;

/** One script for each connection, in order; the last one for all that follow. */
async function serve(...scripts: readonly Script[]) {
  const server = await startScriptedServer();
  const waited: number[] = [];
  let calls = 0;
  server.answer((response, asked) => {
    scripts[Math.min(calls, scripts.length - 1)]?.(response, asked);
    calls += 1;
  });
  const client = createClient({ url: server.url, clock: hurrying(isPause, waited) });
  const seen = () => server.asked.map(({ headers }) => headers['last-event-id']);
  return { server, client, waited, seen };
}

test('a run is followed change by change to its end', async () => {
  const { url, verbs } = await startApi();
  for (const key of ['a:1', 'a:2']) verbs.put(key, key);
  await verbs.warm({ selector: '', id: 'one', force: false, missing: false }, 'api');
  verbs.planRun('one');
  const pending: number[] = [];
  for await (const change of createClient({ url }).watchRun({ id: 'one' })) {
    if (change.event === 'end') expect(change.data.reason).toBe('finished');
    else {
      pending.push(change.data.pending);
      verbs.work('one', 1);
    }
  }
  expect(pending).toEqual([2, 1, 0]);
});

test('leaving the loop leaves the server', async () => {
  const { url, verbs } = await startApi();
  verbs.put('a:1', 'x');
  await verbs.warm({ selector: '', id: 'one', force: false, missing: false }, 'api');
  for await (const _ of createClient({ url }).watchRun({ id: 'one' })) break;
  await expect.poll(() => verbs.watches).toBe(0);
});

test('an unknown run is an error at the first step', async () => {
  const { url } = await startApi();
  await expect(pagesIn(createClient({ url }).watchRun({ id: 'gone' }))).rejects.toMatchObject({
    code: 'E_NOT_FOUND',
  });
});

test('a lost connection is made again after what was seen, and no change is told twice', async () => {
  const { client, seen, waited } = await serve(
    streaming((response) => response.write(event(1), () => response.destroy())),
    streaming((response) => response.end(event(2))),
    streaming((response) => response.end(event(3) + END)),
  );
  const events = await pagesIn(client.watchRun({ id: 'one' }));
  expect(events.map(({ event: name, id }) => [name, id])).toEqual([
    ['run', '1'],
    ['run', '2'],
    ['run', '3'],
    ['end', undefined],
  ]);
  expect(seen()).toEqual([undefined, '1', '2']);
  expect(waited).toEqual([1_000, 1_000]);
});

test('204 after a lost connection says that the end was seen', async () => {
  const { client } = await serve(
    streaming((response) => response.end(event(1))),
    (response) => response.writeHead(204).end(),
  );
  expect(await pagesIn(client.watchRun({ id: 'one' }))).toHaveLength(1);
});

test('a process that stops is followed by another; one that never comes back is given up with the reason', async () => {
  const { client, waited } = await serve(
    streaming((response) => response.end(event(1))),
    (response) => {
      response.writeHead(503, { 'content-type': 'application/problem+json' });
      response.end('{"code":"E_NOT_READY","detail":"this process is stopping"}');
    },
  );
  await expect(pagesIn(client.watchRun({ id: 'one' }))).rejects.toMatchObject({ code: 'E_NOT_READY' });
  expect(waited).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
});

test('a stream that ends at once, again and again, is given up', async () => {
  const { client, server } = await serve(streaming((response) => response.end(': watching\n\n')));
  await expect(pagesIn(client.watchRun({ id: 'one' }))).rejects.toMatchObject({ code: 'E_API_UNANSWERED' });
  expect(server.asked).toHaveLength(6);
});

test('a problem in the stream is thrown with its code', async () => {
  const problem = 'event: problem\ndata: {"code":"E_REDIS_UNAVAILABLE","detail":"Redis went away"}\n\n';
  const { client, server } = await serve(streaming((response) => response.end(event(1) + problem)));
  await expect(pagesIn(client.watchRun({ id: 'one' }))).rejects.toMatchObject({
    code: 'E_REDIS_UNAVAILABLE',
    message: 'GET /v1/runs/{id}/events: Redis went away',
  });
  expect(server.asked).toHaveLength(1);
});

test('an event that is no JSON is asked for again, and given up as no answer', async () => {
  const { client } = await serve(streaming((response) => response.end('event: run\nid: 1\ndata: {\n\n')));
  await expect(pagesIn(client.watchRun({ id: 'one' }))).rejects.toMatchObject({
    code: 'E_API_UNANSWERED',
    message: expect.stringContaining('is no JSON'),
  });
});

test('a connection that is silent for three heartbeats is lost', async () => {
  const server = await startScriptedServer();
  let calls = 0;
  server.answer(
    streaming((response) => {
      calls += 1;
      if (calls === 1) response.write(event(1));
      else response.end(event(2) + END);
    }),
  );
  const told: number[] = [];
  const timers = { ...systemClock };
  let fireSilence = () => {};
  timers.after = (ms, fire) => {
    if (isPause(ms)) return systemClock.after(0, fire);
    if (ms === 45_000) fireSilence = fire;
    return { cancel: () => {} };
  };
  const client = createClient({ url: server.url, clock: timers, timeout: 30_000 });
  for await (const { id, event: name } of client.watchRun({ id: 'one' })) {
    if (name === 'run') told.push(Number(id));
    if (id === '1') setImmediate(() => fireSilence());
  }
  expect(told).toEqual([1, 2]);
});

test.each([
  ['one by one', (text: string) => [...text]],
  ['with other line ends', (text: string) => [text.replaceAll('\n', '\r\n')]],
  ['without a space behind the colon', (text: string) => [text.replaceAll(': ', ':')]],
])('events whose characters come %s are the same', async (_, piecesOf) => {
  const { client } = await serve(
    streaming((response) => {
      for (const piece of piecesOf(`: watching\n\n${event(1)}${END}`)) response.write(piece);
      response.end();
    }),
  );
  expect(await pagesIn(client.watchRun({ id: 'one' }))).toMatchObject([
    { data: { revision: 1 } },
    { event: 'end' },
  ]);
});

test('an export comes line by line, whatever pieces it comes in, and goes back in as it is', async () => {
  const lines = ['{"key":"ü"}', '{"key":"b","body":9007199254740993}'];
  const { client, server } = await serve((response) => {
    for (const byte of Buffer.from(`${lines.join('\n')}\n`)) response.write(Buffer.of(byte));
    response.end();
  });
  expect(await pagesIn(client.exportEntries())).toEqual(lines);
  server.answer((response) => response.end('{"written":2}'));
  await client.importEntries({ lines });
  expect(server.asked.at(-1)?.body).toBe(`${lines.join('\n')}\n`);
});

test('an export that is cut off is an error, and never a short export', async () => {
  const { client } = await serve((response) => response.write('{"key":"a"}\n', () => response.destroy()));
  const got: string[] = [];
  const reading = (async () => {
    for await (const line of client.exportEntries()) got.push(line);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'E_API_UNANSWERED' });
  expect(got).toEqual(['{"key":"a"}']);
});
