/** The scripted origin, with which tests stand in for a real one, does what every origin does. */
import { type Clock, sleep } from '../../src/core/clock.ts';
import { OriginError } from '../../src/core/errors.ts';
import type { Fetched, OriginRequest } from '../../src/origins/origin.ts';
import {
  ABSENT,
  bodyOf,
  failing,
  type Script,
  ScriptedOrigin,
  UNCHANGED,
} from '../support/scripted-origin.ts';
import { sourceOf } from './origin.steps.ts';
import type { Item, OriginSystem, SystemKind } from './origin.system.ts';
import { describeOrigin } from './origin.ts';

/** After how long a scripted call that hangs has failed, in ms. */
const TIMEOUT = 1_000;
const RETRY_AFTER = 7_000;

interface ScriptedSystem extends OriginSystem {
  readonly origin: ScriptedOrigin;
  clock: Clock | undefined;
}

const SCRIPTED_SYSTEM: SystemKind<ScriptedSystem> = {
  abilities: ['bytes', 'absent', 'versions', 'throttling', 'edition'],
  start: async () => {
    const origin = new ScriptedOrigin('values');
    const arrival = Promise.withResolvers<void>();
    const hang = async (signal: AbortSignal): Promise<never> => {
      arrival.resolve();
      if (system.clock !== undefined) await sleep(system.clock, TIMEOUT, signal);
      throw new OriginError('retryable', 'the call did not end in time');
    };
    const unreachable = () => {
      throw new OriginError('retryable', 'the origin cannot be reached');
    };
    const mishaps: Readonly<Record<Parameters<OriginSystem['does']>[0], () => Script>> = {
      fail: () => failing('retryable', 'it failed'),
      refuse: () => failing('permanent', 'it refused'),
      throttle: () => failing('throttled', 'too many calls', (system.clock?.now() ?? 0) + RETRY_AFTER),
      hang: () => (_requests, _source, signal) => hang(signal),
    };
    const system: ScriptedSystem = {
      origin,
      clock: undefined,
      calls: () => origin.calls.length + origin.versionCalls + origin.probes,
      has: async (items) => origin.answerEach((request) => answerFrom(items, request)),
      bodyOf: (id) => Buffer.from(`value of ${id}`),
      known: (version) => ({ etag: `"${version}"` }),
      async does(mishap) {
        origin.answer(mishaps[mishap]());
        origin.version = (_, signal) => hang(signal);
      },
      async gives(body, { etag = '', 'last-modified': lastModified = '', 'content-type': contentType = '' }) {
        origin.answerEach(() => ({ kind: 'body', body, etag, lastModified, contentType }));
      },
      async isAt(edition) {
        origin.version = () => edition;
      },
      arrival: () => arrival.promise,
      async close() {
        origin.answer(unreachable);
        origin.onProbe = unreachable;
      },
    };
    return system;
  },
};

function answerFrom(items: readonly Item[], { params, known }: OriginRequest): Fetched {
  const item = items.find(({ id }) => id === params.id);
  if (item === undefined) return ABSENT;
  const etag = item.version === undefined ? undefined : `"${item.version}"`;
  if (etag !== undefined && etag === known?.etag) return UNCHANGED;
  return bodyOf(`value of ${item.id}`, etag === undefined ? {} : { etag });
}

describeOrigin('the scripted origin of tests', SCRIPTED_SYSTEM, (system, clock) => {
  system.clock = clock;
  return { origin: system.origin, source: sourceOf({ versionProbe: {} }), timeout: TIMEOUT };
});
