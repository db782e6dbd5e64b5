/** What every origin does, as data: a sentence and how to see it, on a real system behind the origin. */
import { describe, expect, it } from 'vitest';
import { OriginError } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { failureOf, fetchMany, fetchOne, type OriginSubject, SIGNAL, textOf } from './origin.steps.ts';
import type { Ability, OriginSystem, SystemKind } from './origin.system.ts';

export interface OriginBench extends OriginSubject {
  readonly system: OriginSystem;
  readonly clock: FakeClock;
}

type Clause = (bench: OriginBench) => Promise<void>;
type Clauses = Readonly<Record<string, Clause>>;

const OF_ALL: Clauses = {
  'gives the value that the origin has': async (bench) => {
    await bench.system.has([{ id: 'a' }]);
    expect(bodyOf(await fetchOne(bench))).toEqual(Buffer.from(bench.system.bodyOf('a')));
    expect(bench.system.calls()).toBe(1);
  },
  'gives no answers to no requests, and makes no call': async (bench) => {
    expect(await bench.origin.fetchMany(bench.source, [], SIGNAL)).toEqual([]);
    expect(bench.system.calls()).toBe(0);
  },
  'gives one answer per request, in order, whatever order the origin answers in': async (bench) => {
    await bench.system.has([{ id: 'c' }, { id: 'a' }, { id: 'b' }]);
    const ids = ['a', 'b', 'c'];
    const fetched = await fetchMany(bench, ids);
    expect(fetched.map(bodyOf)).toEqual(ids.map((id) => Buffer.from(bench.system.bodyOf(id))));
    expect(bench.system.calls()).toBe(1);
  },
  'rejects as retryable when the origin fails': async (bench) => {
    await bench.system.does('fail');
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
  },
  'rejects as retryable when the origin cannot be reached': async (bench) => {
    await bench.system.close();
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
  },
  'rejects as permanent when the origin refuses the request': async (bench) => {
    await bench.system.does('refuse');
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'permanent' });
  },
  'rejects as retryable when no answer comes in time, and not before': async (bench) => {
    await bench.system.does('hang');
    let ended = false;
    const arrived = bench.system.arrival();
    const error = failureOf(fetchOne(bench)).finally(() => {
      ended = true;
    });
    await arrived;
    await bench.clock.advance(bench.timeout - 1);
    expect(ended).toBe(false);
    await bench.clock.advance(1);
    expect(await error).toMatchObject({ class: 'retryable', code: 'E_ORIGIN_FAILED' });
  },
  'leaves no timer behind': async (bench) => {
    await bench.system.has([{ id: 'a' }]);
    await fetchOne(bench);
    expect(bench.clock.timers).toBe(0);
  },
  "rejects with the signal's reason when it has aborted before, and makes no call": async (bench) => {
    const reason = new Error('stopped');
    await expect(fetchOne(bench, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(bench.system.calls()).toBe(0);
  },
  "rejects with the signal's reason when it aborts during the call": async (bench) => {
    await bench.system.does('hang');
    const controller = new AbortController();
    const arrived = bench.system.arrival();
    const fetching = fetchOne(bench, undefined, controller.signal);
    await arrived;
    const reason = new Error('stopped');
    controller.abort(reason);
    await expect(fetching).rejects.toBe(reason);
  },
  'probes an origin that is there': async (bench) => {
    await bench.system.has([]);
    await bench.origin.probe(SIGNAL);
    expect(bench.system.calls()).toBe(1);
  },
  'rejects the probe of an origin that is not there': async (bench) => {
    await bench.system.close();
    expect(await failureOf(bench.origin.probe(SIGNAL))).toBeInstanceOf(OriginError);
  },
  'rejects as permanent when it is asked for the version of a source that has no probe': async (bench) => {
    const source = { ...bench.source, request: { ...withoutProbe(bench.source.request) } };
    expect(await failureOf(bench.origin.versionOf(source, SIGNAL))).toMatchObject({ class: 'permanent' });
    expect(bench.system.calls()).toBe(0);
  },
  'closes twice': async (bench) => {
    await bench.system.has([{ id: 'a' }]);
    await fetchOne(bench);
    await bench.origin.close();
    await bench.origin.close();
  },
};

/** What an origin does besides, where its system has an ability. */
const OF_ABILITY: Readonly<Record<Ability, Clauses>> = {
  bytes: {
    'gives the bytes that the origin gave, with what the origin said of them': async (bench) => {
      const bytes = Buffer.from([0, 255, 254, 10, 13, 0]);
      const lastModified = 'Thu, 01 Jan 2026 00:00:00 GMT';
      const headers = { etag: '"1"', 'last-modified': lastModified, 'content-type': 'a/b' };
      await bench.system.gives(bytes, headers);
      const fetched = await fetchOne(bench);
      expect(bodyOf(fetched)).toEqual(bytes);
      expect(fetched).toMatchObject({ etag: '"1"', lastModified, contentType: 'a/b' });
    },
    'gives an empty body as an empty body': async (bench) => {
      await bench.system.gives(Buffer.from(''), {});
      expect(textOf(await fetchOne(bench))).toBe('');
    },
  },
  absent: {
    'says absent of a value that the origin does not have': async (bench) => {
      await bench.system.has([]);
      expect(await fetchOne(bench)).toEqual({ kind: 'absent' });
    },
    'says absent of the one key of a batch that the origin does not have': async (bench) => {
      await bench.system.has([{ id: 'b' }]);
      expect((await fetchMany(bench, ['a', 'b'])).map(({ kind }) => kind)).toEqual(['absent', 'body']);
    },
  },
  versions: {
    'says unchanged when what is known is current': async (bench) => {
      await bench.system.has([{ id: 'a', version: '1' }]);
      expect(await fetchOne(bench, bench.system.known('1'))).toEqual({ kind: 'unchanged' });
    },
    'gives the body when what is known is outdated': async (bench) => {
      await bench.system.has([{ id: 'a', version: '2' }]);
      const fetched = await fetchOne(bench, bench.system.known('1'));
      expect(bodyOf(fetched)).toEqual(Buffer.from(bench.system.bodyOf('a')));
      expect(fetched).toMatchObject(bench.system.known('2'));
    },
    'says unchanged of the one key of a batch that is known to be current': async (bench) => {
      const items = ['a', 'b'].map((id) => ({ id, version: '1' }));
      await bench.system.has(items);
      const fetched = await fetchMany(bench, ['a', 'b'], bench.system.known('1'));
      expect(fetched.map(({ kind }) => kind)).toEqual(['unchanged', 'body']);
    },
  },
  throttling: {
    'rejects as throttled, with the time to come back, when the origin asks for fewer calls': async (
      bench,
    ) => {
      await bench.system.does('throttle');
      const error = await failureOf(fetchOne(bench));
      expect(error).toMatchObject({ class: 'throttled', retryAt: bench.clock.now() + 7_000 });
    },
  },
  edition: {
    'gives the version that the values of a source share, as it moves': async (bench) => {
      await bench.system.isAt('r1');
      expect(await bench.origin.versionOf(bench.source, SIGNAL)).toBe('r1');
      expect(bench.system.calls()).toBe(1);
      await bench.system.isAt('r2');
      expect(await bench.origin.versionOf(bench.source, SIGNAL)).toBe('r2');
    },
    'rejects as permanent when there is no version in the answer': async (bench) => {
      await bench.system.isAt('');
      expect(await failureOf(bench.origin.versionOf(bench.source, SIGNAL))).toMatchObject({
        class: 'permanent',
      });
    },
    "rejects with the signal's reason when it aborts while the version is asked for": async (bench) => {
      await bench.system.does('hang');
      const controller = new AbortController();
      const arrived = bench.system.arrival();
      const asking = bench.origin.versionOf(bench.source, controller.signal);
      await arrived;
      const reason = new Error('stopped');
      controller.abort(reason);
      await expect(asking).rejects.toBe(reason);
    },
  },
};

/** Every clause: those of all origins, and those of an ability. */
export const CLAUSES: Clauses = Object.assign({}, OF_ALL, ...Object.values(OF_ABILITY));

export type CreateOrigin<S extends OriginSystem> = (system: S, clock: FakeClock) => OriginSubject;

export async function originBench<S extends OriginSystem>(
  kind: SystemKind<S>,
  create: CreateOrigin<S>,
): Promise<OriginBench> {
  const system = await kind.start();
  const clock = new FakeClock();
  return { ...create(system, clock), system, clock };
}

export function describeOrigin<S extends OriginSystem>(
  name: string,
  kind: SystemKind<S>,
  create: CreateOrigin<S>,
): void {
  const clauses: Clauses = Object.assign({}, OF_ALL, ...kind.abilities.map((ability) => OF_ABILITY[ability]));
  describe(`the origin contract, on ${name}`, () => {
    for (const [sentence, clause] of Object.entries(clauses)) {
      it(sentence, async () => {
        const bench = await originBench(kind, create);
        try {
          await clause(bench);
        } finally {
          await bench.origin.close();
        }
      });
    }
  });
}

function withoutProbe(request: unknown): object {
  return typeof request === 'object' ? { ...request, versionProbe: undefined } : {};
}

function bodyOf(fetched: Awaited<ReturnType<typeof fetchOne>>): Buffer {
  if (fetched.kind !== 'body') throw new Error(`not a body: ${fetched.kind}`);
  return Buffer.from(fetched.body);
}
