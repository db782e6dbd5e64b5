/** The command line in-process: real parsing, configuration and output over an app whose verbs are in memory. */
import { Readable, type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { App, Role } from '../../src/app/app.ts';
import { main } from '../../src/cli/main.ts';
import { Delivery } from '../../src/cli/terminal/delivery.ts';
import { Events } from '../../src/core/events.ts';
import { LogLevel } from '../../src/core/log-level.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { surveyOf } from '../../src/settings/checks/survey.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { settingsJsonSchema } from '../../src/settings/shape/json-schema.ts';
import type { RunDiff } from '../../src/verbs/runs/run-report-shapes.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import type { ProcessView } from '../../src/verbs/statistics-view.ts';
import type { Verbs } from '../../src/verbs/verbs.ts';
import { newCounters } from '../support/counters.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { verbsInMemory } from '../support/in-memory/verbs.ts';
import { metricsText } from '../support/metrics-text.ts';

const CONFIG = fileURLToPath(new URL('forewarm.yaml', import.meta.url));

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Options {
  readonly isTTY?: boolean;
  /** As `isTTY`, unless told. */
  readonly takesAnswers?: boolean;
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What the person at the terminal answers. */
  readonly answer?: string;
  /** What stands in the place of stdout: a failure of it is heard as a process hears it. */
  readonly stdout?: Writable;
}

export class Cli {
  readonly clock = new FakeClock();
  /** By how much that is behind the clock of the jobs Redis, in ms. */
  behind = 0;
  /** Jobs that its stop leaves to their locks. */
  unended = 0;
  readonly events = new Events();
  readonly verbs = verbsInMemory(this.clock);
  /** The roles of each app that was composed, and whether it still runs. */
  readonly apps: { readonly roles: readonly Role[]; state: 'composed' | 'running' | 'stopped' }[] = [];
  /** Of which their workers take jobs beside those that are configured. */
  readonly lanes: string[] = [];
  readonly questions: string[] = [];
  /** What is piped in. */
  stdin: AsyncIterable<Uint8Array> = Readable.from([]);
  /** How a worker drains: until a signal, unless told. */
  drain: App['drain'] = (_options, signal) =>
    new Promise((resolve) => {
      const left = { waiting: 1, active: 0, soon: 0, later: 0, runs: 0, orphans: [] };
      signal.addEventListener('abort', () => resolve({ end: 'stopped', left }));
    });
  /** What is left for all processes. */
  left: App['left'] = async () => ({ due: 0, waiting: 0 });
  /** Called when an app starts. */
  onStart: () => void | Promise<void> = () => {};
  readonly #options: Options;
  readonly #debugListeners = new Set<() => void>();
  readonly #listeners = new Set<(signal: NodeJS.Signals) => void>();
  #onUncaught: (thrown: unknown) => void = () => {};
  #out = '';
  #err = '';

  constructor(options: Options = {}) {
    this.#options = options;
  }

  /** Replaces some of the verbs. */
  script(verbs: Partial<Verbs>): void {
    Object.assign(this.verbs, verbs);
  }

  /** Stores values under keys, which from then on can be selected. */
  stock(count: number): void {
    for (let i = 1; i <= count; i += 1) this.verbs.put(`profile:${i}`, JSON.stringify({ market: i }));
  }

  /** Makes the verbs report live processes with these roles. */
  async alive(...roles: readonly string[]): Promise<void> {
    const before = await this.verbs.stats();
    const now = this.clock.now();
    const known = { id: 'p1', roles: [...roles], host: 'here', pid: 7, startedAt: now, seenAt: now };
    const processes: ProcessView[] = [{ ...known, memory: { entries: 3, bytes: 300 }, statistics: null }];
    this.script({ stats: async () => ({ ...before, processes }) });
  }

  get screen(): { readonly out: string; readonly err: string } {
    return { out: this.#out, err: this.#err };
  }

  signal(name: NodeJS.Signals = 'SIGINT'): void {
    for (const listener of this.#listeners) listener(name);
  }

  /** SIGUSR2. Returns whether anybody listened: the process of nobody ends. */
  debugSignal(): boolean {
    for (const listener of this.#debugListeners) listener();
    return this.#debugListeners.size > 0;
  }

  /** Something is thrown where no call waits for it. */
  throwUnheard(thrown: unknown): void {
    this.#onUncaught(thrown);
  }

  async run(...argv: readonly string[]): Promise<Result> {
    this.#out = '';
    this.#err = '';
    const {
      isTTY = false,
      takesAnswers = isTTY,
      columns = 100,
      env = {},
      answer = '',
      stdout,
    } = this.#options;
    const delivery = new Delivery(stdout === undefined ? [] : [stdout], (words) => this.#write('err', words));
    stdout?.on('error', () => this.signal('SIGPIPE'));
    const code = await main(
      argv,
      {
        stdout: stdout ?? { write: (chunk) => this.#write('out', chunk) },
        stderr: { write: (chunk) => this.#write('err', chunk) },
        drained: async () => {},
        stdin: this.stdin,
        ...{
          isTTY,
          takesAnswers,
          showsResults: isTTY,
          columns,
          clock: this.clock,
          env: { FOREWARM_CONFIG: CONFIG, ...env },
        },
        onSignal: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
        onUncaught: (listener) => {
          this.#onUncaught = listener;
          return () => {
            this.#onUncaught = () => {};
          };
        },
        onDebugSignal: (listener) => {
          this.#debugListeners.add(listener);
          return () => this.#debugListeners.delete(listener);
        },
        ask: async (question) => {
          this.questions.push(question);
          return answer;
        },
      },
      {
        loadSettings,
        surveyOf: (settings, clock, onWait) => surveyOf(settings, { clock, timezone: 'UTC', onWait }),
        settingsSchema: async () => settingsJsonSchema(),
        compose: async ({ settings, roles, lanes = [] }) => this.#compose(settings, roles, lanes),
      },
    );
    return { code: await delivery.codeOf(code), ...this.screen };
  }

  #write(to: 'out' | 'err', chunk: string | Uint8Array): void {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    if (to === 'out') this.#out += text;
    else this.#err += text;
  }

  #compose(settings: App['settings'], roles: readonly Role[], lanes: readonly string[]): App {
    this.lanes.push(...lanes);
    const record: Cli['apps'][number] = { roles, state: 'composed' };
    this.apps.push(record);
    const counters = newCounters();
    counters.start(this.events);
    return {
      settings,
      ...{ verbs: this.verbs, events: this.events, statistics: () => counters.snapshot() },
      metricsText: async (accept) => metricsText(counters.snapshot(), accept),
      logLevel: new LogLevel({
        ...{ configured: settings.log.level, clock: this.clock },
        onChange: (change) => this.events.emit('log-level:changed', change),
      }),
      behind: this.behind,
      unended: () => this.unended,
      apiUrl: roles.includes('api') ? `http://127.0.0.1:${settings.api.port}` : undefined,
      httpUrl: undefined,
      left: () => this.left(),
      drain: (...request) => this.drain(...request),
      start: async () => {
        record.state = 'running';
        await this.onStart();
      },
      stop: async () => {
        record.state = 'stopped';
      },
    };
  }
}

/** What a run waits for where nobody works. */
export const NO_WORKER = {
  for: 'worker',
  origin: null,
  until: null,
  reason: 'no worker is running',
  by: null,
} as const;

/** A run as the verbs show it; `change` says what is particular about it. */
export function runView(change: Partial<RunView> = {}): RunView {
  const total = change.total ?? 100;
  return {
    ...{ id: 'r1', state: 'ended', selector: 'source=profile', cause: 'cli', schedule: null, nominal: null },
    named: null,
    ...{
      note: '',
      createdAt: 0,
      startedAt: 0,
      endedAt: 2_000,
      endedReason: 'finished',
      endedNote: '',
      unread: [],
      shrunk: [],
    },
    ...{ total, pending: 0, counts: countsOf({ warmed: total }), revision: 1, waits: [] },
    coverage: { redis: { warm: total, total }, disk: { warm: total, total } },
    ...change,
  };
}

/** Verbs under which every run goes through these views. */
export function scripted(...views: readonly RunView[]): Pick<Verbs, 'warm' | 'run' | 'watchRun'> {
  const first = views[0] ?? runView();
  return {
    warm: async () => ({ run: first, created: true }),
    run: async () => first,
    async *watchRun() {
      yield* views;
    },
  };
}

/** Nothing is new. */
/** Of a run that ended by itself. */
export const FINAL = {
  final: true,
  state: 'ended',
  endedReason: 'finished',
  pending: 0,
  cancelled: 0,
} as const;

export function runDiffView(change: Partial<RunDiff> = {}): RunDiff {
  const none = { count: 0, keys: [] };
  const kinds = {
    ...{ newlyFailing: none, stillFailing: none, recovered: none, unasked: none, excluded: none },
    ...{ came: none, left: none, progress: FINAL, toProgress: FINAL },
  };
  return { run: 'r2', to: 'r1', ...kinds, coverage: [], sources: [], slowKeys: [], moreSlow: 0, ...change };
}

/** Lines of NDJSON. */
export function eventsOf(text: string): { readonly event: string; readonly [field: string]: unknown }[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
