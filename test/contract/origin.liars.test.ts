/** For each clause of the origin contract, a broken origin that it must reject. A clause without a liar fails. */
import { describe, expect, it } from 'vitest';
import { OriginError } from '../../src/core/errors.ts';
import { ModuleOrigin, moduleOriginOptions } from '../../src/origins/module/module-origin.ts';
import type { Fetched, Origin, OriginRequest } from '../../src/origins/origin.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { liar } from './liar.ts';
import { requestOf, SIGNAL, sourceOf } from './origin.steps.ts';
import { HTTP_SYSTEM } from './origin.system.ts';
import { CLAUSES, originBench } from './origin.ts';

type Lie = (honest: Origin, clock: FakeClock) => Partial<Origin>;

/** Answers come back changed. */
const answers =
  (change: (fetched: Fetched, request: OriginRequest | undefined) => Fetched): Lie =>
  (honest) => ({
    fetchMany: async (source, requests, signal) =>
      (await honest.fetchMany(source, requests, signal)).map((fetched, i) => change(fetched, requests[i])),
  });

/** Errors come back changed, or as an answer. */
const failures =
  (change: (error: OriginError) => unknown): Lie =>
  (honest) => ({
    fetchMany: (source, requests, signal) =>
      honest.fetchMany(source, requests, signal).catch((error: unknown) => {
        throw error instanceof OriginError ? change(error) : error;
      }),
  });

const as = (kind: 'retryable' | 'throttled' | 'permanent') =>
  failures((error) => new OriginError(kind, error.message));

const absent: Fetched = { kind: 'absent' };

const LIARS: Readonly<Record<keyof typeof CLAUSES, Lie>> = {
  'gives the value that the origin has': answers((fetched) =>
    fetched.kind === 'body' ? { ...fetched, body: fetched.body.subarray(1) } : fetched,
  ),
  'gives the bytes that the origin gave, with what the origin said of them': answers((fetched) =>
    fetched.kind === 'body'
      ? { ...fetched, body: Buffer.from(Buffer.from(fetched.body).toString()) }
      : fetched,
  ),
  'gives an empty body as an empty body': answers((fetched) =>
    fetched.kind === 'body' && fetched.body.byteLength === 0 ? absent : fetched,
  ),
  'gives no answers to no requests, and makes no call': (honest) => ({
    fetchMany: async (source, requests, signal) => {
      const asked = requests.length === 0 ? [requestOf('a')] : requests;
      return (await honest.fetchMany(source, asked, signal)).slice(0, requests.length);
    },
  }),
  'gives one answer per request, in order, whatever order the origin answers in': (honest) => ({
    fetchMany: async (...call) => (await honest.fetchMany(...call)).reverse(),
  }),
  'says absent of a value that the origin does not have': answers((fetched) =>
    fetched.kind === 'absent' ? { kind: 'body', body: Buffer.from('') } : fetched,
  ),
  'says absent of the one key of a batch that the origin does not have': (honest) => ({
    fetchMany: async (...call) => (await honest.fetchMany(...call)).filter(({ kind }) => kind !== 'absent'),
  }),
  'says unchanged when what is known is current': answers((fetched) =>
    fetched.kind === 'unchanged' ? { kind: 'body', body: Buffer.from('') } : fetched,
  ),
  'gives the body when what is known is outdated': answers((fetched, request) =>
    request?.known === undefined ? fetched : { kind: 'unchanged' },
  ),
  'says unchanged of the one key of a batch that is known to be current': (honest) => ({
    fetchMany: async (...call) => {
      const all = await honest.fetchMany(...call);
      return all.some(({ kind }) => kind === 'unchanged') ? all.map(() => ({ kind: 'unchanged' })) : all;
    },
  }),
  'rejects as retryable when the origin fails': as('permanent'),
  'rejects as retryable when the origin cannot be reached': as('permanent'),
  'rejects as throttled, with the time to come back, when the origin asks for fewer calls': as('throttled'),
  'rejects as permanent when the origin refuses the request': as('retryable'),
  'rejects as retryable when no answer comes in time, and not before': (honest, clock) => ({
    fetchMany: (source, requests, signal) =>
      Promise.race([
        honest.fetchMany(source, requests, signal),
        new Promise<never>((_, reject) => {
          clock.after(10, () => reject(new OriginError('retryable', 'impatient')));
        }),
      ]),
  }),
  'leaves no timer behind': (honest, clock) => ({
    fetchMany: (...call) => {
      clock.after(1_000, () => undefined);
      return honest.fetchMany(...call);
    },
  }),
  "rejects with the signal's reason when it has aborted before, and makes no call": (honest) => ({
    fetchMany: async (source, requests, signal) => {
      await honest.fetchMany(source, requests, SIGNAL);
      throw signal.reason;
    },
  }),
  "rejects with the signal's reason when it aborts during the call": (honest) => ({
    fetchMany: (source, requests, signal) =>
      honest.fetchMany(source, requests, signal).catch(() => {
        throw new Error('aborted');
      }),
  }),
  'gives the version that the values of a source share, as it moves': (honest) => {
    let first: Promise<string> | undefined;
    return {
      versionOf: (...call) => {
        first ??= honest.versionOf(...call);
        return first;
      },
    };
  },
  'rejects as permanent when there is no version in the answer': (honest) => ({
    versionOf: (...call) => honest.versionOf(...call).catch(() => ''),
  }),
  "rejects with the signal's reason when it aborts while the version is asked for": (honest) => ({
    versionOf: (...call) =>
      honest.versionOf(...call).catch(() => {
        throw new Error('aborted');
      }),
  }),
  'rejects as permanent when it is asked for the version of a source that has no probe': () => ({
    versionOf: async () => 'none',
  }),
  'probes an origin that is there': () => ({ probe: async () => undefined }),
  'rejects the probe of an origin that is not there': (honest) => ({
    probe: (signal) => honest.probe(signal).catch(() => undefined),
  }),
  'closes twice': (honest) => {
    let closed = false;
    return {
      close: () => {
        if (closed) return Promise.reject(new Error('closed already'));
        closed = true;
        return honest.close();
      },
    };
  },
};

const VALUES = new URL('../origins/module/fixtures/values.ts', import.meta.url).pathname;

describe('the origin contract', () => {
  for (const [sentence, clause] of Object.entries(CLAUSES)) {
    it(`catches a liar: ${sentence}`, async () => {
      const lie = LIARS[sentence];
      if (lie === undefined) throw new Error('this clause has no liar');
      const bench = await originBench(HTTP_SYSTEM, ({ url }, clock) => {
        const options = moduleOriginOptions.parse({ kind: 'module', module: VALUES, options: { url } });
        const honest = new ModuleOrigin({ name: 'values', options, clock });
        return {
          origin: liar<Origin>(honest, lie(honest, clock)),
          source: sourceOf({ keysPerCall: 10, versionProbe: {} }),
          timeout: options.timeout,
        };
      });
      await expect(clause(bench)).rejects.toThrow();
    });
  }

  it('has no liar without a clause', () => {
    expect(Object.keys(LIARS).sort()).toEqual(Object.keys(CLAUSES).sort());
  });
});
