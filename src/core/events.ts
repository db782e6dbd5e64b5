import type { BudgetUser } from './budget.ts';
import type { CallRecord } from './call-record.ts';
import type { ErrorType, HttpMethod, HttpStatus } from './http-terms.ts';
import type { LevelChange } from './log-level.ts';
import type { Outcome } from './outcome.ts';
import type { RefusalRule } from './refusal.ts';
import type { SkipReason } from './skip-reason.ts';
import { NO_TRACER, type Tracer } from './tracing.ts';

/** What is sent by OTLP. */
export type TelemetrySignal = 'traces' | 'metrics';

/**
 * Everything that happens and that others may want to know. Lower floors emit these and never log; `telemetry` turns them into logs
 * and metrics, and tests wait on them.
 */
export interface EventMap {
  /** A tier was called through its guard. */
  'tier:call': {
    tier: string;
    verb: 'get' | 'put' | 'scan' | 'sweep' | 'usage';
    keys: number;
    ms: number;
    ok: boolean;
  };
  /** One of a guarded tier's breakers changed state: that of its reads, or that of its writes. */
  'tier:breaker': {
    tier: string;
    of: 'reads' | 'writes';
    state: 'open' | 'half-open' | 'closed';
    reason: string;
  };
  /** An entry could not be read back as it was written, and counts as missing. */
  'tier:corrupt': { tier: string; key: string; reason: string };
  /** Bodies were made ready for a tier: bytes before, and bytes that the tier is given. Sums over one call of one source. */
  'tier:coded': { tier: string; source: string; plain: number; stored: number };
  /** A body could not be compressed, and was stored without that. */
  'tier:uncompressed': { tier: string; key: string; reason: string };
  /** Entries that were not encrypted with the current key were rewritten. */
  'tier:reencrypted': { tier: string; keys: number };
  /** Entries were removed to make room, not because they were gone; `unread` of them had never been read there. */
  'tier:evicted': { tier: string; keys: number; unread: number };
  /**
   * A tier does not hold what it is given: of a sample of keys that were there before others were copied to it, so many were
   * gone afterwards; or its server says that it pushed out so many meanwhile, 0 where it says nothing. It is not filled for a while.
   */
  'tier:overflowing': { tier: string; lost: number; sample: number; evicted: number };
  /** So many fences that were acknowledged were not on the server for jobs any more, and were recorded there again. */
  'fences:restored': { count: number };
  /** Entries missed by a failed tier were written to it from another. */
  'tier:repaired': { tier: string; keys: number; left: number };
  /** One call to an origin ended. */
  'origin:call': {
    origin: string;
    /** What it was for: a source, or `entities.NAME` for the list of an entity set. */
    source: string;
    keys: number;
    ms: number;
    result: 'ok' | 'retryable' | 'throttled' | 'permanent';
    reason?: string;
  };
  /**
   * An HTTP request was answered, or its client left: `cancelled`. Members are called as the attributes of OpenTelemetry's conventions,
   * with underscores; '': there is none, such as no route for a path that is not of the API.
   */
  'http:served': {
    http_request_method: HttpMethod;
    url_scheme: 'http';
    http_route: string;
    http_response_status_code: HttpStatus;
    error_type: HttpStatus | ErrorType | '';
    ms: number;
  };
  /** One HTTP request to an origin is over, each redirect by itself. Members as above. */
  'http:called': {
    http_request_method: HttpMethod;
    server_address: string;
    server_port: string;
    http_response_status_code: HttpStatus;
    error_type: HttpStatus | ErrorType | '';
    ms: number;
  };
  /** One statement of a database is over, or it could not be connected to. Members as above. */
  'db:called': {
    db_system_name: 'postgresql';
    db_namespace: string;
    /** Of statements that are not configured. */
    db_operation_name: string;
    server_address: string;
    server_port: string;
    error_type: ErrorType | '';
    ms: number;
  };
  /** What the calls of one task, for keys of one source, took; told when the task is over, if it made any. */
  'calls:made': { source: string; run?: string; calls: CallRecord };
  /** A call used the budget of an origin, for this user; it waited so many ms for its permit. */
  'budget:call': { origin: string; user: BudgetUser; waited: number };
  /** Calls to an origin pause until a time: it asked for it, or it keeps failing. */
  'budget:pause': { origin: string; until: number; reason: string };
  /** The limits of an origin were lowered, for all processes, since it cannot bear them. */
  'budget:lowered': { origin: string; rate: number; permits: number; reason: string };
  /** The configured limits hold again. */
  'budget:restored': { origin: string; since: number };
  /** An origin said what is left of its quota, and in how many ms there is more. */
  'origin:quota': { origin: string; remaining: number; resetMs: number };
  /** Keys ended; counts by outcome. */
  'keys:ended': { source: string; run?: string; outcomes: Partial<Record<Outcome, number>> };
  /** So many keys that were taken for warm are in no tier any more, and are fetched again. */
  'keys:lost': { source: string; keys: number };
  /** The version that all values of a source share is another one than before: every key is refreshed. */
  'source:moved': { source: string; from: string; to: string };
  /** A large part of a source's keys is not wanted any more, as it seems: they are kept until a second look. */
  /** `lately`: keys that were forgotten before, within the hour. */
  'source:shrank': { source: string; missing: number; keys: number; lately: number };
  /** What an origin gave beside a value cannot be used, and is left out: without an ETag it cannot answer "unchanged". */
  'metadata:unusable': { source: string; key: string; reason: string };
  /** A body was refused: what is stored, if anything is, stays. */
  'key:refused': { source: string; key: string; rule: RefusalRule; reason: string };
  /** An origin has values no more, and is not believed: the old ones stay until it says so again. */
  'values:vanished': { source: string; keys: number; reason: string };
  /** Keys that have no value yet, of which an answer is no proof that there is none. */
  'values:doubted': { source: string; keys: number; reason: string };
  /** A key failed for good. */
  'key:failed': { source: string; key: string; reason: string; run?: string };
  /** A read could not find out whether there is a value: tiers did not answer, or the origin did not give it. */
  'key:unavailable': { source: string; key: string; reason: string };
  /** `waited`: for how long the job was ready, in ms, where it is taken for the first time. */
  'job:started': { kind: string; id: string; lane: string; attempt: number; waited?: number };
  'job:ended': { kind: string; id: string; lane: string; ms: number; ending: string; reason?: string };
  /** This process lacks something for a job that another one has: said once for each thing. */
  'job:handed-back': { reason: string };
  /** The jobs Redis lost what was kept there; this run warms again what is configured ('': there are no entity sets). */
  'state:lost': { run: string };
  'run:created': { run: string; selector: string; schedule?: string };
  'run:ended': { run: string; reason: string };
  /**
   * A schedule fired in this process, so many ms after the tick was to begin; `won` says whether this process enqueued the tick. `late`:
   * later than a scheduler that runs should be.
   */
  'schedule:tick': { schedule: string; nominal: number; late: boolean; behind: number };
  /** Schedulers that started later go by another rule, so this process leaves the schedule to them. */
  'schedule:aside': { schedule: string };
  /** The jobs Redis had lost what people wanted of a schedule, and this process gave it back: a pause, times to leave out. */
  'schedule:restored': { schedule: string; paused: boolean; leftOut: number };
  /**
   * A nominal time of a schedule was skipped, or so many of them together for one reason, from the first to the last (`nominal`);
   * undefined: too many to count.
   */
  'schedule:skipped': {
    schedule: string;
    nominal: number;
    from: number;
    count: number | undefined;
    reason: SkipReason;
  };
  /** The clock of this host is off by more than a second, or is right again: ms behind that of the jobs Redis. */
  'clock:off': { behind: number };
  /** The level of this process's log is another one, until a time (ms since the epoch), or as it is configured. */
  'log-level:changed': LevelChange;
  /** A Redis that was said to fail answers all that it failed; `where` as problems had it. */
  'redis:recovered': { where: string };
  /** A message that a receiver of OTLP did not take. */
  'telemetry:lost': {
    telemetry: TelemetrySignal;
    /** Spans, or points of metrics, that were in it; and in all that were lost since the process began. */
    items: number;
    total: number;
    /** Without credentials. */
    address: string;
    /** Of HTTP its status, of gRPC its code; undefined where there was no answer. */
    status: number | undefined;
    error: unknown;
  };
  'service:started': { service: string };
  'service:stopped': { service: string; ms: number };
  /** Something went wrong and no caller is waiting for it, so no error can be returned. */
  problem: { where: string; error: unknown };
}

export type EventName = keyof EventMap;

type Listener<N extends EventName> = (payload: EventMap[N]) => void;

/** A typed, synchronous event emitter. A listener that throws does not stop the others. */
export class Events {
  /** Marks out the work that events come from. */
  readonly tracer: Tracer;
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>();

  constructor(tracer: Tracer = NO_TRACER) {
    this.tracer = tracer;
  }

  /** Calls `listener` at each event, until the returned function is called. */
  on<N extends EventName>(name: N, listener: Listener<N>): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  emit<N extends EventName>(name: N, payload: EventMap[N]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        // The set under a name only ever holds listeners of that name: `on` is the one place that adds.
        (listener as Listener<N>)(payload);
      } catch (error) {
        if (name !== 'problem') this.emit('problem', { where: `listener of ${name}`, error });
      }
    }
  }
}
