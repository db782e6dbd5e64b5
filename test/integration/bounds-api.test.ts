/** Every route of the control API answers within its bound while the jobs Redis fails, and does nothing of it afterwards. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { ERRORS } from '../../src/core/errors.ts';
import { install, start } from '../support/build-installation.ts';
import { lateness } from '../support/lateness.ts';
import { connectRedis } from '../support/redis.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';
import { OUTAGES } from './outages.ts';

/** Five seconds, and what forty requests take by themselves. */
const BOUND_MS = 6_000;

/** What each route is sent, beside what its path holds. */
const BODIES: Readonly<Record<string, string>> = {
  createRun: JSON.stringify({ id: 'given-up', selector: 'source=profile' }),
  plan: '{}',
  invalidate: JSON.stringify({ selector: 'key=profile:1', mode: 'drop' }),
  readEntries: JSON.stringify({ keys: ['profile:1'] }),
  clear: '{}',
  pauseSchedule: '{}',
  pauseSchedules: JSON.stringify({ which: { all: true } }),
  resumeSchedules: JSON.stringify({ which: { all: true } }),
  skipTick: '{}',
  releaseQuarantine: JSON.stringify({ keys: ['profile:1'] }),
  backfillSchedule: JSON.stringify({ from: 1_793_491_200_000, to: 1_793_577_600_000 }),
  validate: '{}',
  purge: JSON.stringify({ selector: 'source=profile' }),
  setLogLevel: JSON.stringify({ level: 'debug' }),
  redriveDeadLetters: JSON.stringify({ ids: ['a'] }),
};
/** What must be asked for. */
const QUERIES: Readonly<Record<string, string>> = { readHistory: '?series=calls' };
const PLACES = { id: 'a', name: 'warm', code: 'E_INTERNAL', key: 'profile:1', '*': 'profile:1' };

const described = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});
const problem = z.object({ code: z.string(), status: z.int(), detail: z.string() });

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

async function operationsOf(url: string): Promise<Operation[]> {
  const { paths } = described.parse(await (await fetch(`${url}/v1/openapi.json`)).json());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => {
      const filled = path.replace(/\{([^}]+)\}/g, (_, name: keyof typeof PLACES) =>
        encodeURIComponent(PLACES[name] ?? 'a'),
      );
      return { id: operationId, method: method.toUpperCase(), path: filled };
    }),
  );
}

async function call(url: string, { id, method, path }: Operation) {
  const began = performance.now();
  const type = id === 'importEntries' ? 'application/x-ndjson' : 'application/json';
  const response = await fetch(url + path + (QUERIES[id] ?? ''), {
    method,
    ...(['POST', 'PUT'].includes(method) && { body: BODIES[id] ?? '', headers: { 'content-type': type } }),
    signal: AbortSignal.timeout(TEST_PATIENCE),
  });
  // The stream of changes needs no writes, so it has begun, and goes on.
  const goesOn = response.headers.get('content-type') === 'text/event-stream';
  const text = goesOn ? '' : await response.text();
  if (goesOn) await response.body?.cancel();
  return { id, status: response.status, text, ms: performance.now() - began };
}

async function setup() {
  const installation = await install({ aof: true });
  const app = await start(installation, ['api']);
  const url = app.apiUrl ?? '';
  return { ...installation, app, url, operations: await operationsOf(url) };
}

describe.each(OUTAGES)('while the jobs Redis is $name', (outage) => {
  test('every route answers within its bound, and what fails says why', async () => {
    const { server, url, operations } = await setup();
    expect(operations.length).toBeGreaterThanOrEqual(28);
    await outage.begin(server);
    const late = lateness();
    const answers = await Promise.all(operations.map((operation) => call(url, operation)));
    const bound = BOUND_MS + late();
    for (const { id, status, text, ms } of answers) {
      expect({ id, isInTime: ms < bound }, `${id} took ${ms} ms`).toEqual({ id, isInTime: true });
      if (status < 400) continue;
      const { code, detail } = problem.parse(JSON.parse(text));
      expect(ERRORS, id).toHaveProperty(code);
      expect(`${id}: ${status} ${code} ${detail}`).not.toMatch(/ 500 |E_INTERNAL/);
    }
    // The one schedule here makes no runs, which is known without Redis.
    const asked = answers.filter(({ id }) => id !== 'backfillSchedule');
    const codes = new Map(asked.map(({ id, status, text }) => [id, status < 400 ? status : text]));
    for (const id of ['createRun', 'invalidate', 'clear', 'triggerSchedule', 'purge']) {
      expect(codes.get(id), id).toContain('E_REDIS_UNAVAILABLE');
    }
    expect([...codes.values()].filter((answer) => String(answer).includes('E_REQUEST_INVALID'))).toEqual([]);
    expect(codes.get('examine')).toBe(200);
    await outage.end(server);
  });

  test('what its callers gave up is not done when it is back', async () => {
    const { server, url, operations, app } = await setup();
    await outage.begin(server);
    const posts = operations.filter(({ method }) => method === 'POST');
    const gone = AbortSignal.timeout(300);
    const leave = posts.map(({ path, id }) =>
      fetch(url + path, {
        method: 'POST',
        body: BODIES[id] ?? '',
        headers: { 'content-type': 'application/json', 'idempotency-key': id },
        signal: gone,
      }).catch(() => undefined),
    );
    await within(TEST_PATIENCE, 'the end of every request', Promise.all(leave));
    // On a busy machine they may not have been read yet, nor that who sent them is gone; one after the other is.
    for (let turn = 0; turn < 2; turn += 1) await (await fetch(`${url}/healthz`)).arrayBuffer();
    await outage.end(server);
    await within(TEST_PATIENCE, 'the server', ready(app));
    const redis = connectRedis(server.url);
    onTestFinished(() => redis.disconnect());
    const left = await redis.keys('*');
    expect(left.filter((key) => /run|:q:|queue|idem|fence/.test(key))).toEqual([]);
  });
});

async function ready({ verbs }: Awaited<ReturnType<typeof start>>): Promise<void> {
  for (;;) {
    const isThere = await verbs.runs(1, undefined).then(
      () => true,
      () => false,
    );
    if (isThere) return;
  }
}
