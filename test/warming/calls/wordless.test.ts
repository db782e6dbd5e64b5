/** A real server that answers 429 and no more when more calls are in flight than it bears: which limit is lowered, and by how much. */
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { HttpOrigin } from '../../../src/origins/http/http-origin.ts';
import { httpOriginOptions, httpRequestOptions } from '../../../src/origins/http/options.ts';
import { buildLiveJobs } from '../../support/build-jobs.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { keysOf, sourceWith } from '../../support/sources.ts';
import { until } from '../../support/waiting.ts';
import { NEVER } from '../warm.steps.ts';

const BEARS = 2;

/** Answers when all that it bears have come, or what is left; what is more it refuses, without a word. */
async function startNarrowServer() {
  const server = await startScriptedServer();
  const open: ServerResponse[] = [];
  const seen = { refused: 0, answered: 0, most: 0 };
  const answerAll = () => {
    for (const response of open.splice(0)) {
      seen.answered += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end('"value"');
    }
  };
  server.answer((response) => {
    if (open.length >= BEARS) {
      seen.refused += 1;
      response.writeHead(429).end();
      return;
    }
    open.push(response);
    seen.most = Math.max(seen.most, open.length);
  });
  return { server, seen, open, answerAll };
}

test('an HTTP origin that refuses calls at the same time without a word has those lowered, and not its rate', async () => {
  const { server, seen, open, answerAll } = await startNarrowServer();
  const options = httpOriginOptions.parse({ kind: 'http', url: server.url });
  const origin = new HttpOrigin({ name: 'markets', options, clock: systemClock });
  onTestFinished(() => origin.close());
  const source = sourceWith({ request: httpRequestOptions.parse({ path: '/{market}' }) });
  const jobs = buildLiveJobs({ sources: [source], budget: { rate: undefined, concurrency: 8 } });
  jobs.origin.answer((requests, of, signal) => origin.fetchMany(of, requests, signal));
  const calls = keysOf(8).map((key, i) => {
    const request = { key, params: { market: `m${i}` }, known: undefined };
    return jobs.originCaller.call({ source, user: 'run', signal: NEVER }, [request]);
  });
  // Of the first four, two are let in, and two are refused: the rest waits for these.
  await until(
    'two that are let in',
    async () => open.length,
    (count) => count === BEARS,
  );
  await until(
    'two that are refused',
    async () => seen.refused,
    (count) => count === 2,
  );
  const state = await until(
    'limits that are lowered',
    () => jobs.ledger.state('markets'),
    ({ lowered }) => lowered !== undefined,
  );
  expect(state.lowered?.reason).toBe('the origin said "slow down": too many calls at the same time');
  expect(state.limits.intervalMs).toBe(0);
  expect(state.limits.concurrency).toBeLessThanOrEqual(2);
  let isOver = false;
  const all = Promise.all(calls).finally(() => {
    isOver = true;
  });
  await until(
    'the end',
    async () => answerAll(),
    () => isOver,
  );
  for (const result of await all) expect(['answered', 'deferred']).toContain(result.kind);
  expect(seen.most).toBe(BEARS);
});
