/** Dead letters, statistics and health in memory. */
import { QUARANTINE } from '../../../src/catalog/catalog.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { HISTORY_SERIES } from '../../../src/core/metrics/history-series.ts';
import { NO_STATISTICS } from '../../../src/core/metrics/statistics.ts';
import { countsOf } from '../../../src/core/outcome.ts';
import { cursorOf, newestFirst, placeOf } from '../../../src/core/place.ts';
import { formatSelector, parseSelector } from '../../../src/core/selector/selector-grammar.ts';
import type { DeadLetterVerbs } from '../../../src/verbs/dead-letters/dead-letters.ts';
import { isAny, matches } from '../../../src/verbs/dead-letters/letter-list.ts';
import type {
  DeadLetterRequest,
  DeadLetterView,
  RedriveRequest,
  RedriveResult,
} from '../../../src/verbs/dead-letters/letter-shapes.ts';
import { CHECKS } from '../../../src/verbs/health/checks.ts';
import type { HealthVerbs } from '../../../src/verbs/health/health.ts';
import { statisticsViewOf } from '../../../src/verbs/metrics-view.ts';
import type { LaneView, LiveProcess } from '../../../src/verbs/process-shapes.ts';
import type { QuarantineVerbs } from '../../../src/verbs/quarantine.ts';
import type {
  QuarantinedKey,
  QuarantineFilter,
  QuarantinePart,
  ReleaseRequest,
} from '../../../src/verbs/quarantine-shapes.ts';
import type { StatisticsVerbs } from '../../../src/verbs/statistics.ts';
import { bytesOf, type KnownValues, SOURCE } from './known-values.ts';
import { type RunsInMemory, warmOf } from './runs.ts';

export class DeadLettersInMemory implements DeadLetterVerbs {
  readonly #known: KnownValues;
  readonly #runs: RunsInMemory;
  #letters: readonly DeadLetterView[] = [];

  constructor(known: KnownValues, runs: RunsInMemory) {
    this.#known = known;
    this.#runs = runs;
  }

  /** A key whose every attempt failed, now. */
  bury(key: string, run: string | null = null): void {
    const id = `letter-${this.#letters.length + 1}`;
    const of = { source: SOURCE.name, lane: 'markets', run };
    const lost = { id, kind: 'key', subject: key, ...of } as const;
    const letter = { ...lost, reason: 'the origin answered 500', at: this.#known.clock.now(), attempts: 5 };
    this.#letters = [letter, ...this.#letters];
  }

  async deadLetters({ limit = 100, cursor = '0', ...filter }: DeadLetterRequest = {}) {
    const from = Number(cursor);
    const all = this.#letters.filter((letter) => matches(letter, filter));
    const end = from + limit;
    const total = from === 0 || isAny(filter) ? all.length : null;
    return { letters: all.slice(from, end), total, cursor: end < all.length ? String(end) : null };
  }

  async redrive({
    ids = [],
    dryRun = false,
    why: _,
    until: before,
    ...filter
  }: RedriveRequest): Promise<RedriveResult> {
    if (ids.length > 0 && (dryRun || !isAny(filter)))
      throw new ForewarmError('E_REQUEST_INVALID', 'ids and a run are given');
    const invented = ids.find((id) => id.includes('/') && !/^(?:control|markets)\//.test(id));
    if (invented !== undefined)
      throw new ForewarmError('E_NOT_FOUND', `no lane has the dead letter "${invented}"`);
    const wanted = this.#letters.filter((letter) =>
      ids.length > 0 ? ids.includes(letter.id) : matches(letter, filter) && isBy(letter, before),
    );
    const matching = ids.length > 0 ? ids.length : wanted.length;
    const until = ids.length > 0 || wanted[0] === undefined ? null : cursorOf(wanted[0]);
    if (dryRun) return { matching, redriven: 0, left: 0, run: null, until };
    this.#letters = this.#letters.filter((letter) => !wanted.includes(letter));
    const keys = wanted.map(({ subject }) => subject);
    const result = { matching, redriven: keys.length, left: matching - keys.length, until };
    if (keys.length === 0) return { ...result, run: null };
    const request = warmOf(formatSelector({ ...parseSelector(''), keys }));
    return { ...result, run: (await this.#runs.warm(request, 'cli')).run.id };
  }
}

/** Whether a letter is the one of this place, or comes after it. */
function isBy(letter: DeadLetterView, until: string | undefined): boolean {
  const place = until === undefined ? undefined : placeOf(until);
  return place === undefined || newestFirst(place, letter) <= 0;
}

export class QuarantineInMemory implements QuarantineVerbs {
  readonly #known: KnownValues;
  #keys: readonly QuarantinedKey[] = [];

  constructor(known: KnownValues) {
    this.#known = known;
  }

  /** A key that failed so often that it is in quarantine, now. */
  setAside(key: string): void {
    const at = this.#known.clock.now();
    const times = { at, retryAt: at + QUARANTINE.retryMs };
    const failed = { reason: 'it failed', failures: QUARANTINE.after };
    this.#keys = [{ key, source: SOURCE.name, origin: SOURCE.origin, ...failed, ...times }, ...this.#keys];
  }

  async quarantine(limit = 100, { cursor = '0', ...of }: QuarantinePart = {}) {
    const fits = fitsOf(of);
    const all = this.#keys.filter(fits);
    const end = Number(cursor) + limit;
    const next = end < all.length ? String(end) : null;
    return { keys: all.slice(Number(cursor), end), cursor: next, total: all.length };
  }

  async release(keys: readonly string[], { why: _, ...of }: ReleaseRequest = {}) {
    const fits = fitsOf(of);
    if (keys.length > 0 && Object.keys(of).length > 0)
      throw new ForewarmError('E_REQUEST_INVALID', 'keys are named, and a source or an origin beside them');
    const isReleased = (each: QuarantinedKey) => (keys.length === 0 ? fits(each) : keys.includes(each.key));
    const left = this.#keys.filter((each) => !isReleased(each));
    const released = this.#keys.length - left.length;
    this.#keys = left;
    return released;
  }
}

/** Throws `E_NOT_FOUND` for names that are not those of the one source, and of its origin. */
function fitsOf({ source, origin }: QuarantineFilter): (key: QuarantinedKey) => boolean {
  if ((source ?? SOURCE.name) !== SOURCE.name || (origin ?? SOURCE.origin) !== SOURCE.origin)
    throw new ForewarmError('E_NOT_FOUND', 'no source or origin has this name');
  return () => true;
}

const NOBODY = { live: 0, hot: 0, warm: 0, cold: 0, run: 0 };
const UNUSED = {
  ...{
    origin: SOURCE.origin,
    rate: null,
    allowedPerHour: null,
    lowered: null,
    paused: null,
    quota: null,
    windows: [],
  },
  limits: { perSecond: null, concurrency: 8, configured: { perSecond: null, concurrency: 8 } },
  ...{ breaker: { state: 'closed' as const, since: null, reason: null }, sources: [SOURCE.name] },
  ...{ inFlight: 0, waiting: NOBODY, hours: [] },
  total: {
    ...{ calls: 0, by: NOBODY, share: NOBODY, throttled: 0, failed: 0 },
    apart: { absent: 0, refused: 0, unanswered: 0 },
  },
};

function processAt(at: number): LiveProcess {
  return {
    ...{ id: 'process-1', name: 'worker 1 on test', roles: ['worker'], host: 'test', pid: 1 },
    ...{ version: '1.0.0', configuration: 'abc', startedAt: at, seenAt: at, health: 'working', reasons: [] },
    lanes: [
      { lane: 'control', active: 0 },
      { lane: SOURCE.origin, active: 1 },
    ],
    ...{ memory: null, clockBehind: 0, logLevel: 'info' },
  };
}

function lane(name: string, origin: string | null): LaneView {
  return {
    ...{ lane: name, origin, configured: true, waiting: 0, delayed: 0, active: 0, failed: 0, oldest: null },
    waited: { jobs: 0, p50: null, p95: null, p99: null },
    workers: [{ id: 'process-1', name: 'worker 1 on test', active: 0 }],
    waitsFor: [],
  };
}

export function statisticsInMemory(known: KnownValues): StatisticsVerbs {
  const verbs: StatisticsVerbs = {
    async budget(origin) {
      const at = known.clock.now();
      if (typeof origin === 'string' && origin !== SOURCE.origin)
        throw new ForewarmError('E_NOT_FOUND', `no origin is called "${origin}"`);
      return { at, since: at, origins: [UNUSED] };
    },
    async history({ series }) {
      const at = known.clock.now();
      if (series.some((name) => !(name in HISTORY_SERIES)))
        throw new ForewarmError('E_REQUEST_INVALID', 'there is no such series');
      const row = { labels: {}, kind: 'gauge', unit: 'ratio', values: [1, null] } as const;
      const rows = series.map((name) => ({
        ...{ ...row, series: name, values: [...row.values], lowest: [1, null], highest: [1, null] },
      }));
      const span = { from: at - 120_000, step: 60_000, steps: 2, incompleteFrom: at };
      return { at, ...span, rows, left: 0 };
    },
    async processes() {
      const at = known.clock.now();
      return { at, processes: [processAt(at)] };
    },
    async lanes() {
      return {
        at: known.clock.now(),
        lanes: [lane('control', null), lane(SOURCE.origin, SOURCE.origin)],
      };
    },
    async overview() {
      const { at, tiers, sources, statistics } = await verbs.stats();
      return {
        ...{ at, statistics, tiers: tiers.map(({ tier }) => tier) },
        sources: sources.map(({ outcomes: _, ...source }) => source),
      };
    },
    async stats() {
      const values = known.selectValues('');
      const now = known.clock.now();
      const keys = known.selectListed('');
      const due = keys.filter((key) => (known.stored(key)?.head.dueAt ?? 0) <= now).length;
      const size = { keys: keys.length, due, failing: 0, outcomes: countsOf() };
      return {
        ...{ at: now, processes: [], statistics: statisticsViewOf(NO_STATISTICS) },
        tiers: [{ tier: 'memory', entries: values.length, bytes: bytesOf(values), error: null }],
        sources: [{ source: SOURCE.name, temperature: SOURCE.temperature, ...size }],
        ...{ origins: [], lanes: [] },
      };
    },
  };
  return verbs;
}

/** `unready` gives the reasons why the process cannot work. */
export function healthInMemory(unready: () => readonly string[], { silent }: KnownValues): HealthVerbs {
  return {
    async doctor(checks = []) {
      const known = [
        { check: 'process', level: 'problem' as const, findings: unready(), remedy: 'wait, or restart it' },
        { check: 'memory', level: 'ok' as const, findings: ['everything is in this process'], remedy: null },
      ];
      const ids = [...known.map(({ check }) => check), ...CHECKS.map(({ id }) => id)];
      const strange = checks.find((id) => !ids.includes(id));
      if (strange !== undefined)
        throw new ForewarmError('E_REQUEST_INVALID', `the doctor has no check "${strange}"`);
      const chosen = known.filter(({ check }) => checks.length === 0 || checks.includes(check));
      const findings = chosen.flatMap(({ findings: found, ...rest }) =>
        found.map((finding) => ({
          ...rest,
          where: 'this process',
          finding,
          docs: `docs/doctor.md#${rest.check}`,
        })),
      );
      return { level: findings[0]?.level ?? 'ok', findings, unexamined: [] };
    },
    ready: async () => ({
      needs: [{ name: 'redis', reason: null }, ...unready().map((reason) => ({ name: 'test', reason }))],
      silent: [...silent],
    }),
  };
}
