/** The declarations of log lines, and what is emitted, held together in both directions. */
import { describe, expect, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { type EventMap, type EventName, Events } from '../../src/core/events.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { NO_TRACER } from '../../src/core/tracing.ts';
import { COMMON_FIELDS, FIELDS } from '../../src/telemetry/lines/fields.ts';
import { LINES } from '../../src/telemetry/lines/lines.ts';
import {
  type Activity,
  type EndedRole,
  roleLines,
  type StartedRole,
} from '../../src/telemetry/lines/role-lines.ts';
import { startLogging } from '../../src/telemetry/logging.ts';
import { FakeClock } from '../support/fake-clock.ts';

type Samples = { readonly [N in EventName]?: readonly EventMap[N][] };

const CALL = { origin: 'markets', source: 'quote', keys: 1, ms: 1.23, reason: 'why' };
const JOB = { kind: 'prefetch', id: '1', lane: 'markets', ms: 3, reason: 'why' };
const SKIP = { schedule: 'hot', nominal: 2, from: 1, count: 2 };
const BREAKER = { tier: 'redis', of: 'reads', reason: 'why' } as const;

/** What makes each of the lines, with every field that it can have. */
const SAMPLES: Samples = {
  'tier:call': [{ tier: 'redis', verb: 'get', keys: 1, ms: 1, ok: false }],
  'tier:breaker': (['open', 'half-open', 'closed'] as const).map((state) => ({ ...BREAKER, state })),
  'tier:corrupt': [{ tier: 'redis', key: 'quote:1', reason: 'why' }],
  'tier:uncompressed': [{ tier: 'redis', key: 'quote:1', reason: 'why' }],
  'tier:reencrypted': [{ tier: 'redis', keys: 1 }],
  'tier:overflowing': [{ tier: 'redis', lost: 1, sample: 2, evicted: 0 }],
  'tier:repaired': [{ tier: 'redis', keys: 1, left: 0 }],
  'fences:restored': [{ count: 1 }],
  'origin:call': [
    { ...CALL, result: 'ok' },
    { ...CALL, result: 'retryable' },
  ],
  'budget:pause': [{ origin: 'markets', until: 1, reason: 'why' }],
  'budget:lowered': [{ origin: 'markets', rate: 1, permits: 1, reason: 'why' }],
  'budget:restored': [{ origin: 'markets', since: 1 }],
  'keys:ended': [
    { source: 'quote', run: 'r1', outcomes: { warmed: 1 } },
    ...Array.from({ length: 30 }, (_, i) => ({ source: `s${i}`, outcomes: { warmed: 1 } })),
  ],
  'keys:lost': [{ source: 'quote', keys: 1 }],
  'source:moved': [{ source: 'quote', from: '1', to: '2' }],
  'source:shrank': [{ source: 'quote', missing: 1, keys: 2, lately: 0 }],
  'metadata:unusable': [{ source: 'quote', key: 'quote:1', reason: 'why' }],
  'key:refused': [{ source: 'quote', key: 'quote:1', rule: 'empty', reason: 'why' }],
  'key:failed': [{ source: 'quote', key: 'quote:1', reason: 'why', run: 'r1' }],
  'values:vanished': [{ source: 'quote', keys: 1, reason: 'why' }],
  'values:doubted': [{ source: 'quote', keys: 1, reason: 'why' }],
  'job:started': [{ kind: 'prefetch', id: '1', lane: 'markets', attempt: 1 }],
  'job:ended': [
    { ...JOB, ending: 'done' },
    { ...JOB, ending: 'lost' },
  ],
  'job:handed-back': [{ reason: 'why' }],
  'state:lost': [{ run: 'r1' }],
  'run:created': [{ run: 'r1', selector: '', schedule: 'nightly' }],
  'run:ended': [{ run: 'r1', reason: 'finished' }],
  'schedule:tick': [
    { schedule: 'hot', nominal: 1, late: true, behind: 40 },
    { schedule: 'hot', nominal: 1, late: false, behind: 40 },
  ],
  'schedule:aside': [{ schedule: 'hot' }],
  'schedule:restored': [{ schedule: 'hot', paused: true, leftOut: 1 }],
  'schedule:skipped': [
    { ...SKIP, reason: 'paused' },
    { ...SKIP, reason: 'missed' },
  ],
  'clock:off': [{ behind: 0 }, { behind: 5_000 }],
  'log-level:changed': [{ to: 'debug', by: 'ann', until: 1 }],
  'redis:recovered': [{ where: 'the Redis for jobs at redis://h' }],
  'telemetry:lost': [
    {
      ...{ telemetry: 'traces', items: 3, total: 5, address: 'http://h:4318/v1/traces', status: 401 },
      error: new Error('refused'),
    },
  ],
  'service:started': [{ service: 'api' }],
  'service:stopped': [{ service: 'api', ms: 1 }],
  problem: [{ where: 'bus', error: new ForewarmError('E_REDIS_UNAVAILABLE', 'gone') }],
};

/** Of the lines that no event makes. */
const ROLE: StartedRole & EndedRole & Activity = {
  ...{ command: 'up', roles: ['worker'], apiUrl: 'http://127.0.0.1:1', httpUrl: 'http://127.0.0.1:2' },
  ...{ redis: 'embedded', tiers: ['redis'], sources: 1, origins: ['markets'], schedules: ['hot'] },
  ...{
    config: 'forewarm.yaml',
    signal: 'SIGTERM',
    exitCode: 0,
    inTime: true,
    outcomes: countsOf({ warmed: 1 }),
  },
  ...{ ms: 60_000, reads: 2, hits: 0.5, calls: 1, failed: 0, due: 0, waiting: 0 },
  ...{ end: 'drained', active: 0, soon: 0, later: 0, runs: 0, orphans: [] },
};

/** Every line that the samples make. */
async function written(): Promise<Record<string, unknown>[]> {
  const [clock, events, lines] = [new FakeClock(), new Events(), [] as Record<string, unknown>[]];
  const log = startLogging({
    ...{ events, clock, options: { level: 'trace', format: 'json' } },
    about: { version: '1.2.3', role: 'worker' },
    to: { write: (text) => lines.push(JSON.parse(text)) },
    ...{ isTTY: false, colour: false },
  });
  for (const [name, payloads] of Object.entries(SAMPLES))
    for (const payload of payloads) {
      events.emit(name as EventName, payload as never);
      events.emit(name as EventName, payload as never);
    }
  await clock.advance(20_000);
  for (const line of roleLines) log.tell<never>(line, ROLE as never);
  log.close();
  return lines;
}

describe('the lines of the log', () => {
  test('have each a name of their own, in words with dots and hyphens', () => {
    const names = LINES.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    for (const name of names) expect(name).toMatch(/^[a-z]+(?:[.-][a-z]+)*$/);
  });

  test('are those that are written, each with its level', async () => {
    const lines = await written();
    const seen = new Map(lines.map(({ event, level }) => [event, level]));
    expect([...seen].toSorted()).toEqual(LINES.map(({ name, level }) => [name, level]).toSorted());
  });

  test('have the fields that are written, and no others', async () => {
    const common = new Set(Object.keys(COMMON_FIELDS));
    const seen = new Map<unknown, Set<string>>();
    for (const { event, ...fields } of await written()) {
      const own = seen.get(event) ?? new Set();
      for (const name of Object.keys(fields)) if (!common.has(name)) own.add(name);
      seen.set(event, own);
    }
    for (const { name, fields } of LINES)
      expect([name, ...(seen.get(name) ?? [])].toSorted()).toEqual([name, ...fields].toSorted());
  });

  test('use every field that is explained', () => {
    const used = new Set(LINES.flatMap(({ fields }) => fields));
    expect([...used].toSorted()).toEqual(Object.keys(FIELDS).toSorted());
    expect(Object.keys(FIELDS)).toEqual(Object.keys(FIELDS).toSorted());
  });
});

describe('a line within a trace', () => {
  test.each([
    [true, { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) }],
    [false, {}],
  ])('leads to it only where it is taken: %s', (sampled, fields) => {
    const lines: Record<string, unknown>[] = [];
    const current = () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled });
    const events = new Events({ ...NO_TRACER, current });
    const log = startLogging({
      ...{ events, clock: new FakeClock(), options: { level: 'info', format: 'json' } },
      about: { version: '1.2.3', role: 'worker' },
      to: { write: (text) => lines.push(JSON.parse(text)) },
      ...{ isTTY: false, colour: false },
    });
    events.emit('problem', { where: 'here', error: new Error('gone') });
    log.close();
    const traced = lines.map(({ trace_id, span_id }) => ({ trace_id, span_id }));
    expect(traced).toEqual([{ trace_id: undefined, span_id: undefined, ...fields }]);
  });
});

test('a log that is silent tells nothing, whatever the line', () => {
  const lines: string[] = [];
  const log = startLogging({
    ...{ events: new Events(), clock: new FakeClock(), options: { level: 'silent', format: 'json' } },
    about: { version: '1.2.3', role: 'worker' },
    to: { write: (text) => lines.push(text) },
    ...{ isTTY: false, colour: false },
  });
  for (const line of roleLines) log.tell<never>(line, ROLE as never);
  log.close();
  expect(lines).toEqual([]);
});
