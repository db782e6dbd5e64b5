/**
 * What every origin does, as data: a sentence and how to see it. The values come from a real HTTP server that speaks a
 * small protocol: `GET /values/{id}` for one, `GET /values?ids=a,b` for many: `{"items":[{"id","etag","value"}]}`.
 */
import { describe, expect, it } from 'vitest';
import { OriginError } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { json, type ScriptedServer, startScriptedServer, status } from '../support/scripted-server.ts';
import { failureOf, fetchMany, fetchOne, type OriginSubject, SIGNAL, textOf } from './origin.steps.ts';

export interface OriginBench extends OriginSubject {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
}

type Clause = (bench: OriginBench) => Promise<void>;

export const CLAUSES: Readonly<Record<string, Clause>> = {
  'gives the bytes that the origin gave, with what the origin said of them': async (bench) => {
    const bytes = Buffer.from([0, 255, 254, 10, 13, 0]);
    const headers = { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'content-type': 'a/b' };
    bench.server.answer((response) => response.writeHead(200, headers).end(bytes));
    const fetched = await fetchOne(bench);
    if (fetched.kind !== 'body') throw new Error(`not a body: ${fetched.kind}`);
    expect(Buffer.from(fetched.body)).toEqual(bytes);
    const { etag, lastModified, contentType } = fetched;
    expect({ etag, lastModified, contentType }).toEqual({
      etag: '"1"',
      lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT',
      contentType: 'a/b',
    });
  },
  'gives an empty body as an empty body': async (bench) => {
    bench.server.answer(status(200));
    expect(textOf(await fetchOne(bench))).toBe('');
  },
  'gives no answers to no requests, and makes no call': async (bench) => {
    expect(await bench.origin.fetchMany(bench.source, [], SIGNAL)).toEqual([]);
    expect(bench.server.asked).toHaveLength(0);
  },
  'gives one answer per request, in order, whatever order the origin answers in': async (bench) => {
    bench.server.answer(json({ items: ['c', 'a', 'b'].map((id) => ({ id, value: `value of ${id}` })) }));
    const fetched = await fetchMany(bench, ['a', 'b', 'c']);
    expect(fetched.map(textOf)).toEqual(['value of a', 'value of b', 'value of c']);
    expect(bench.server.asked).toHaveLength(1);
  },
  'says absent of a value that the origin does not have': async (bench) => {
    bench.server.answer(status(404));
    expect(await fetchOne(bench)).toEqual({ kind: 'absent' });
  },
  'says absent of the one key of a batch that the origin does not have': async (bench) => {
    bench.server.answer(json({ items: [{ id: 'b', value: 'x' }] }));
    expect((await fetchMany(bench, ['a', 'b'])).map(({ kind }) => kind)).toEqual(['absent', 'body']);
  },
  'says unchanged when what is known is current': async (bench) => {
    bench.server.answer((response, { headers }) => {
      response.writeHead(headers['if-none-match'] === '"1"' ? 304 : 200).end('new');
    });
    expect(await fetchOne(bench, { etag: '"1"' })).toEqual({ kind: 'unchanged' });
  },
  'gives the body when what is known is outdated': async (bench) => {
    bench.server.answer((response, { headers }) => {
      response.writeHead(headers['if-none-match'] === '"2"' ? 304 : 200).end('new');
    });
    expect(textOf(await fetchOne(bench, { etag: '"1"' }))).toBe('new');
  },
  'says unchanged of the one key of a batch that is known to be current': async (bench) => {
    const items = ['a', 'b'].map((id) => ({ id, etag: '"1"', value: id }));
    bench.server.answer(json({ items }));
    const fetched = await fetchMany(bench, ['a', 'b'], { etag: '"1"' });
    expect(fetched.map(({ kind }) => kind)).toEqual(['unchanged', 'body']);
  },
  'rejects as retryable when the origin fails': async (bench) => {
    bench.server.answer(status(500));
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
  },
  'rejects as retryable when the origin cannot be reached': async (bench) => {
    await bench.server.close();
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
  },
  'rejects as throttled, with the time to come back, when the origin asks for fewer calls': async (bench) => {
    bench.server.answer(status(429, { 'retry-after': '7' }));
    const error = await failureOf(fetchOne(bench));
    expect(error).toMatchObject({ class: 'throttled', retryAt: bench.clock.now() + 7_000 });
  },
  'rejects as permanent when the origin refuses the request': async (bench) => {
    bench.server.answer(status(400));
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'permanent' });
  },
  'rejects as retryable when no answer comes in time, and not before': async (bench) => {
    bench.server.answer(() => undefined);
    let ended = false;
    const error = failureOf(fetchOne(bench)).finally(() => {
      ended = true;
    });
    await bench.server.arrival();
    await bench.clock.advance(bench.timeout - 1);
    expect(ended).toBe(false);
    await bench.clock.advance(1);
    expect(await error).toMatchObject({ class: 'retryable', code: 'E_ORIGIN_FAILED' });
  },
  'leaves no timer behind': async (bench) => {
    bench.server.answer(status(200));
    await fetchOne(bench);
    expect(bench.clock.timers).toBe(0);
  },
  "rejects with the signal's reason when it has aborted before, and makes no call": async (bench) => {
    const reason = new Error('stopped');
    await expect(fetchOne(bench, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(bench.server.asked).toHaveLength(0);
  },
  "rejects with the signal's reason when it aborts during the call": async (bench) => {
    bench.server.answer(() => undefined);
    const controller = new AbortController();
    const fetching = fetchOne(bench, undefined, controller.signal);
    await bench.server.arrival();
    const reason = new Error('stopped');
    controller.abort(reason);
    await expect(fetching).rejects.toBe(reason);
  },
  'probes an origin that is there': async (bench) => {
    await bench.origin.probe(SIGNAL);
    expect(bench.server.asked).toHaveLength(1);
  },
  'rejects the probe of an origin that is not there': async (bench) => {
    await bench.server.close();
    expect(await failureOf(bench.origin.probe(SIGNAL))).toBeInstanceOf(OriginError);
  },
  'closes twice': async (bench) => {
    await fetchOne(bench);
    await bench.origin.close();
    await bench.origin.close();
  },
};

export type CreateOrigin = (server: ScriptedServer, clock: FakeClock) => OriginSubject;

export async function originBench(create: CreateOrigin): Promise<OriginBench> {
  const server = await startScriptedServer();
  const clock = new FakeClock();
  return { ...create(server, clock), server, clock };
}

export function describeOrigin(name: string, create: CreateOrigin): void {
  describe(`the origin contract, on ${name}`, () => {
    for (const [sentence, clause] of Object.entries(CLAUSES)) {
      it(sentence, async () => {
        const bench = await originBench(create);
        try {
          await clause(bench);
        } finally {
          await bench.origin.close();
        }
      });
    }
  });
}
