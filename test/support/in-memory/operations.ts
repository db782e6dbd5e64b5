/** Schedules, dead letters, statistics and health in memory. */
import { ForewarmError } from '../../../src/core/errors.ts';
import { NO_STATISTICS } from '../../../src/core/metrics/statistics.ts';
import { countsOf } from '../../../src/core/outcome.ts';
import { formatSelector, parseSelector } from '../../../src/core/selector/selector-grammar.ts';
import { preview } from '../../../src/policy/preview.ts';
import type { DeadLetterVerbs, DeadLetterView } from '../../../src/verbs/dead-letters.ts';
import type { HealthVerbs } from '../../../src/verbs/health/health.ts';
import { statisticsViewOf } from '../../../src/verbs/metrics-view.ts';
import { MOST_PREVIEWED, type ScheduleVerbs, type ScheduleView } from '../../../src/verbs/schedules.ts';
import type { StatisticsVerbs } from '../../../src/verbs/statistics.ts';
import { bytesOf, type KnownValues, SOURCE } from './known-values.ts';
import { type RunsInMemory, warmOf } from './runs.ts';

/** `nightly` makes a run of everything; `warm` refreshes what is due. */
const SCHEDULES = [
  { name: 'nightly', kind: 'run', cron: '0 2 * * *', timezone: null, selector: '' },
  { name: 'warm', kind: 'refresh', cron: '*/10 * * * *', timezone: null, selector: 'temperature=warm' },
] as const;

function scheduleOf(name: string): (typeof SCHEDULES)[number] {
  const schedule = SCHEDULES.find((row) => row.name === name);
  if (schedule === undefined) throw new ForewarmError('E_NOT_FOUND', `there is no schedule "${name}"`);
  return schedule;
}

export function schedulesInMemory({ clock }: KnownValues, runs: RunsInMemory): ScheduleVerbs {
  const ticks = new Map<string, Pick<ScheduleView, 'lastAt' | 'lastRun'>>();
  const pauses = new Map<string, ScheduleView['paused']>();
  const viewOf = (row: (typeof SCHEDULES)[number]): ScheduleView => {
    const last = ticks.get(row.name) ?? { lastAt: null, lastRun: null };
    return { ...row, nextAt: clock.now() + 60_000, ...last, paused: pauses.get(row.name) ?? null };
  };
  return {
    schedules: async () => SCHEDULES.map(viewOf),
    async pauseSchedule(name, { why, for: ms }, by) {
      const since = clock.now();
      const schedule = scheduleOf(name);
      pauses.set(name, { by, why, since, until: ms === 0 ? null : since + ms });
      return viewOf(schedule);
    },
    async resumeSchedule(name) {
      const schedule = scheduleOf(name);
      pauses.delete(name);
      return viewOf(schedule);
    },
    async previewSchedule(name, from, count) {
      const { cron } = scheduleOf(name);
      if (count < 1 || count > MOST_PREVIEWED) {
        throw new ForewarmError('E_REQUEST_INVALID', `a preview shows 1 to ${MOST_PREVIEWED} times`);
      }
      return preview({ cron, timezone: undefined }, from, count);
    },
    /** What is triggered is no tick, and nothing fires by itself here. */
    async ticks(name) {
      scheduleOf(name);
      return [];
    },
    async trigger(name) {
      const schedule = scheduleOf(name);
      const isRun = schedule.kind === 'run';
      const run = isRun ? (await runs.warm(warmOf(schedule.selector), 'schedule', name)).run.id : null;
      ticks.set(name, { lastAt: clock.now(), lastRun: run });
      return { schedule: name, run };
    },
  };
}

export class DeadLettersInMemory implements DeadLetterVerbs {
  readonly #known: KnownValues;
  readonly #runs: RunsInMemory;
  #letters: readonly DeadLetterView[] = [];

  constructor(known: KnownValues, runs: RunsInMemory) {
    this.#known = known;
    this.#runs = runs;
  }

  /** A key whose every attempt failed, now. */
  bury(key: string): void {
    const id = `letter-${this.#letters.length + 1}`;
    const lost = { id, kind: 'key', subject: key, source: SOURCE.name, run: null } as const;
    const letter = { ...lost, reason: 'the origin answered 500', at: this.#known.clock.now(), attempts: 5 };
    this.#letters = [letter, ...this.#letters];
  }

  async deadLetters(limit: number) {
    return { letters: this.#letters.slice(0, limit), total: this.#letters.length };
  }

  async redrive(ids: readonly string[]) {
    const invented = ids.find((id) => id.includes('/') && !/^(?:control|markets)\//.test(id));
    if (invented !== undefined)
      throw new ForewarmError('E_NOT_FOUND', `no lane has the dead letter "${invented}"`);
    const wanted = this.#letters.filter(({ id }) => ids.length === 0 || ids.includes(id));
    this.#letters = this.#letters.filter((letter) => !wanted.includes(letter));
    const keys = wanted.map(({ subject }) => subject);
    if (keys.length > 0) await this.#runs.warm(warmOf(formatSelector({ ...parseSelector(''), keys })), 'cli');
    return wanted.length;
  }
}

export function statisticsInMemory(known: KnownValues): StatisticsVerbs {
  return {
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
}

/** `unready` gives the reasons why the process cannot work. */
export function healthInMemory(unready: () => readonly string[], { silent }: KnownValues): HealthVerbs {
  return {
    async doctor() {
      const broken = unready().map((finding) => {
        return { name: 'process', state: 'error' as const, finding, remedy: 'wait, or restart it' };
      });
      const finding = 'everything is in this process';
      return [{ name: 'memory', state: 'ok', finding, remedy: null }, ...broken];
    },
    ready: async () => ({ reasons: [...unready()], silent: [...silent] }),
  };
}
