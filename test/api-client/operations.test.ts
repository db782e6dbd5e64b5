/** One call per operation through the typed client, over a control API that really listens. Its types are checked by the compiler. */
import { expect, test } from 'vitest';
import type { BoardSource } from '../../src/api/bull-board/board-source.ts';
import { type ApiClient, createClient } from '../../src/api-client/client.ts';
import type { ApiOperations } from '../../src/api-client/generated/api.ts';
import { type ApiServer, startApi } from '../support/api-server.ts';
import { pagesIn } from '../support/pages.ts';
import { METRICS } from '../support/process-health.ts';

const KEY = 'profile:New%20York';
const LINE = '{"key":"profile:denver","stamp":9,"encoding":"text","body":"{}"}';

interface Case {
  call(client: ApiClient, server: ApiServer): unknown;
  readonly gives: object;
}

/** A new operation of the document needs a case here, or this does not compile. */
const CASES: Readonly<Record<keyof ApiOperations, Case>> = {
  createRun: {
    call: (client) => client.createRun({ body: { selector: '', id: 'one' } }),
    gives: { id: 'one', state: 'planning', cause: 'api' },
  },
  listRuns: {
    call: (client) => client.listRuns({ limit: 1 }),
    gives: { runs: [{ id: 'run-1' }], cursor: null },
  },
  readRun: { call: (client) => client.readRun({ id: 'run-1' }), gives: { total: 2, counts: { warmed: 0 } } },
  watchRun: {
    call: async (client, { verbs }) => {
      verbs.work('run-1', 2);
      return (await pagesIn(client.watchRun({ id: 'run-1' }))).map(({ event, data }) => [event, data]);
    },
    gives: [
      ['run', { id: 'run-1', state: 'ended' }],
      ['end', { reason: 'finished' }],
    ],
  },
  listActions: {
    call: (client) => client.listActions({ limit: 1, verb: 'warm' }),
    gives: { actions: [{ who: 'ann@host', way: 'library', verb: 'warm' }] },
  },
  watchChanges: {
    async call(client) {
      const over = new AbortController();
      const stream = client.watchChanges({}, { signal: over.signal })[Symbol.asyncIterator]();
      const first = await stream.next();
      await stream.return?.();
      return first.value;
    },
    gives: { event: 'resync', data: { reason: 'begin' } },
  },
  stopRun: { call: (client) => client.stopRun({ id: 'run-1' }), gives: { endedReason: 'stopped' } },
  listEntries: {
    call: (client) => client.listEntries({ selector: 'prefix=profile:', limit: 1 }),
    gives: { entries: [{ key: 'profile:boulder', state: 'value' }] },
  },
  countKeys: { call: (client) => client.countKeys({ selector: '' }), gives: { keys: 2, exactness: 'exact' } },
  previewEntry: {
    call: (client) => client.previewEntry({ key: KEY, bytes: 1 }),
    gives: { state: 'value', shown: 1, encoding: 'text', body: '{' },
  },
  inspectKey: { call: (client) => client.inspectKey({ key: KEY }), gives: { key: KEY } },
  explainKey: { call: (client) => client.explainKey({ key: KEY }), gives: { key: KEY, verdict: 'warm' } },
  readEntry: {
    call: (client) => client.readEntry({ key: KEY }),
    gives: { head: { key: KEY }, encoding: 'json', body: { key: KEY } },
  },
  readEntries: {
    call: (client) => client.readEntries({ body: { keys: [KEY, 'profile:gone'] } }),
    gives: { entries: [{ state: 'value', body: { key: KEY } }, { state: 'missing' }] },
  },
  readWorth: { call: (client) => client.readWorth({}), gives: { selector: '' } },
  checkCoverage: { call: (client) => client.checkCoverage({ samples: 5 }), gives: { total: 2 } },
  invalidate: {
    call: (client) => client.invalidate({ body: { selector: 'prefix=profile:', dryRun: true } }),
    gives: { keys: 2 },
  },
  clear: { call: (client) => client.clear({ body: { mode: 'stale' } }), gives: { mode: 'stale' } },
  beginBullBoardSession: { call: (client) => client.beginBullBoardSession(), gives: { lasts: 3_600_000 } },
  endBullBoardSession: { call: (client) => client.endBullBoardSession(), gives: { lasts: 0 } },
  readCaller: {
    call: (client) => client.readCaller(),
    gives: { name: 'loopback', scopes: ['read', 'warm', 'invalidate', 'admin'], tokens: false },
  },
  getLogLevel: { call: (client) => client.getLogLevel(), gives: { processes: [], asked: [] } },
  setLogLevel: {
    call: (client) => client.setLogLevel({ body: { level: 'debug', for: 60_000 } }),
    gives: { asked: [{ process: 'all', level: 'debug' }] },
  },
  listSchedules: { call: (client) => client.listSchedules(), gives: { schedules: [{}, {}] } },
  listScheduleResults: {
    call: (client) => client.listScheduleResults({ name: 'nightly' }),
    gives: { schedules: [{ name: 'nightly', running: null, ticks: [] }] },
  },
  triggerSchedule: {
    call: (client) => client.triggerSchedule({ name: 'nightly', body: { why: 'today' } }),
    gives: { schedule: 'nightly' },
  },
  showSchedule: {
    call: (client) => client.showSchedule({ name: 'nightly' }),
    gives: { name: 'nightly', next: [{}, {}, {}] },
  },
  previewClockChanges: {
    call: (client) => client.previewClockChanges({ from: '2027-01-01' }),
    gives: { changes: expect.any(Array) },
  },
  previewSchedule: {
    call: (client) => client.previewSchedule({ name: 'nightly', count: 2 }),
    gives: { times: [{}, {}] },
  },
  listTicks: { call: (client) => client.listTicks({ name: 'nightly' }), gives: { ticks: expect.any(Array) } },
  pauseSchedule: {
    call: (client) => client.pauseSchedule({ name: 'nightly', body: { why: 'a freeze' } }),
    gives: { name: 'nightly' },
  },
  resumeSchedule: {
    call: (client) => client.resumeSchedule({ name: 'nightly' }),
    gives: { name: 'nightly' },
  },
  pauseSchedules: {
    call: (client) => client.pauseSchedules({ body: { which: { names: ['night*'] } } }),
    gives: { schedules: [{ name: 'nightly' }] },
  },
  resumeSchedules: {
    call: (client) => client.resumeSchedules({ body: { which: { names: ['nightly'] } } }),
    gives: { schedules: [{ name: 'nightly' }] },
  },
  skipTick: {
    call: (client) => client.skipTick({ name: 'nightly', body: { why: 'once' } }),
    gives: { name: 'nightly' },
  },
  backfillSchedule: {
    call: (client) =>
      client.backfillSchedule({
        name: 'nightly',
        body: { from: '2025-12-01', to: '2025-12-03', dryRun: true },
      }),
    gives: {},
  },
  readBudget: {
    call: (client) => client.readBudget({ hours: 4 }),
    gives: { origins: [{ hours: [] }] },
  },
  listProcesses: {
    call: (client) => client.listProcesses(),
    gives: { processes: [{ health: 'working', lanes: [{}, {}] }] },
  },
  listLanes: { call: (client) => client.listLanes(), gives: { lanes: [{ lane: 'control' }, {}] } },
  readHistory: {
    call: (client) => client.readHistory({ series: 'coverage,calls' }),
    gives: { steps: 2, rows: [{ series: 'coverage' }, { series: 'calls' }] },
  },
  readStats: { call: (client) => client.readStats(), gives: { processes: expect.any(Array) } },
  readOverview: { call: (client) => client.readOverview(), gives: { tiers: expect.any(Array) } },
  listDeadLetters: { call: (client) => client.listDeadLetters({ limit: 5 }), gives: {} },
  redriveDeadLetters: {
    call: (client) => client.redriveDeadLetters({ body: { ids: ['letter-1'] } }),
    gives: {},
  },
  listQuarantine: { call: (client) => client.listQuarantine({ limit: 5 }), gives: {} },
  releaseQuarantine: { call: (client) => client.releaseQuarantine({ body: { keys: [KEY] } }), gives: {} },
  isAlive: { call: (client) => client.isAlive(), gives: { status: 'alive' } },
  isHealthy: { call: (client) => client.isHealthy(), gives: { status: 'alive' } },
  readMetrics: {
    call: async (client) => ({ text: await client.readMetrics() }),
    gives: { text: METRICS },
  },
  isReady: { call: (client) => client.isReady(), gives: { status: 'ready', silent: [] } },
  examine: { call: (client) => client.examine(), gives: { level: 'ok', findings: expect.any(Array) } },
  collect: { call: (client) => client.collect(), gives: {} },
  exportEntries: {
    call: async (client) =>
      (await pagesIn(client.exportEntries({ selector: 'prefix=profile:' }))).map((line) => JSON.parse(line)),
    gives: [{ key: 'profile:boulder' }, { key: KEY }],
  },
  importEntries: {
    call: (client) => client.importEntries({ dryRun: true, lines: [LINE, LINE] }),
    gives: {},
  },
  reportRun: { call: (client) => client.reportRun({ id: 'run-1' }), gives: { run: 'run-1', diff: null } },
  listFailures: {
    call: (client) => client.listFailures({ id: 'run-1', limit: 5 }),
    gives: { failures: [], total: 0 },
  },
  diffRuns: {
    call: (client) => client.diffRuns({ id: 'run-1', to: 'run-1' }),
    gives: { came: { count: 0 } },
  },
  plan: { call: (client) => client.plan({ body: { selector: '' } }), gives: { keys: { total: 2 } } },
  purge: {
    call: (client) => client.purge({ body: { selector: 'prefix=profile:', dryRun: true } }),
    gives: {},
  },
  validate: { call: (client) => client.validate({ body: { selector: '' } }), gives: {} },
  describeApi: { call: (client) => client.describeApi(), gives: { openapi: '3.1.0' } },
  listErrors: { call: (client) => client.listErrors(), gives: { errors: expect.any(Array) } },
  readError: { call: (client) => client.readError({ code: 'E_NOT_FOUND' }), gives: { status: 404 } },
};

/** Sessions look into no queue. */
const BOARD: BoardSource = {
  mark: '[redacted]',
  queues: async () => [],
  hide: (text) => text,
  begin: () => () => undefined,
};

test.each(Object.entries(CASES))('the client calls %s, and gives its answer', async (_, { call, gives }) => {
  const server = await startApi({ board: BOARD });
  const { verbs, url } = server;
  for (const key of ['profile:boulder', KEY]) verbs.put(key, JSON.stringify({ key }));
  await verbs.warm({ selector: '', id: 'run-1', force: false, missing: false }, 'cli');
  verbs.planRun('run-1');
  const answer = await call(createClient({ url }), server);
  expect(answer).toMatchObject(gives);
});

test('the client sends each operation as the document says, and knows them all', async () => {
  const { url } = await startApi();
  const client = createClient({ url });
  const { paths } = (await client.describeApi()) as {
    paths?: Record<string, Record<string, { operationId: string }>>;
  };
  const ids = Object.values(paths ?? {}).flatMap((methods) =>
    Object.values(methods).map((each) => each.operationId),
  );
  expect(ids.toSorted()).toEqual(Object.keys(CASES).toSorted());
  for (const id of ids) expect(client).toHaveProperty(id);
});
