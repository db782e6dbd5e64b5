/**
 * The labels of metrics, and how many values each has: as many as the configuration has things of a kind, or a fixed number. No other
 * label can be declared, so a key, a run or a message cannot become one, and how many series there can be is known beforehand.
 */
import { BUDGET_USERS } from '../budget.ts';
import { ERROR_TYPES, HTTP_METHODS, HTTP_STATUSES } from '../http-terms.ts';
import { REFUSAL_RULES } from '../refusal.ts';
import { SKIP_REASONS } from '../skip-reason.ts';

/** How many there are of each in a configuration. */
export interface LabelCounts {
  readonly tiers: number;
  /** Sources and entity sets. */
  readonly sources: number;
  readonly origins: number;
  /** Those that are configured, and those that exist of themselves: refreshes of temperatures, probes, `gc`. */
  readonly schedules: number;
}

export interface LabelValues {
  readonly meaning: string;
  /** At most so many values: a number, or as many as the configuration has of something, and more. */
  readonly values: number | { readonly of: keyof LabelCounts; readonly and: number };
}

export const LABELS = {
  tier: { meaning: 'A tier by its name, or `stack`: the tiers together.', values: { of: 'tiers', and: 1 } },
  source: {
    meaning: 'A source, or `entities.NAME` for the list of an entity set; `(none)`: of no source.',
    values: { of: 'sources', and: 1 },
  },
  origin: { meaning: 'An origin.', values: { of: 'origins', and: 0 } },
  schedule: {
    meaning: 'A schedule, one that exists of itself (`hot`, `hot.recover`, `gc`, ...) included.',
    values: { of: 'schedules', and: 0 },
  },
  verb: { meaning: 'What a tier is called for: `get`, `put`, `scan`, `sweep` or `usage`.', values: 5 },
  of: {
    meaning: 'Of a breaker, the calls of a tier: `reads` or `writes`. Of dead letters: `keys` or `jobs`.',
    values: 4,
  },
  user: {
    meaning: 'Who uses a budget: `live` reads that wait, refreshes of `hot`, `warm` and `cold`, a `run`.',
    values: BUDGET_USERS.length,
  },
  kind: { meaning: 'The kind of a job, such as `refresh`.', values: 8 },
  ending: {
    meaning: 'How a job ended: `done`, `later`, `back`, `abandoned`, `retry`, `failed` or `lost`.',
    values: 7,
  },
  lane: {
    meaning:
      'A lane of the queue: an origin, or `control`; `(orphans)`: all those together whose origin is configured no more.',
    values: { of: 'origins', and: 2 },
  },
  within: { meaning: 'How far ahead is looked: `1m`, `5m` or `15m`.', values: 3 },
  way: {
    meaning:
      'How a read ended that memory did not serve: a tier below did, or it waited for the origin or the workers (`load`).',
    values: 2,
  },
  role: {
    meaning: 'The roles of a process, joined by `+`; `reader` of an application, `command` of no role.',
    values: 1,
  },
  version: { meaning: 'The version of Forewarm.', values: 1 },
  rule: {
    meaning:
      'Which rule a body broke: `empty`, `size`, `type`, `error`, `fields` or `items` of its guard; `format`: it is not what its source says; `absence`: that there is no value is not believed yet.',
    values: REFUSAL_RULES.length,
  },
  reason: { meaning: 'Why a time of a schedule was skipped.', values: SKIP_REASONS.length },
  http_request_method: {
    meaning: 'A method of HTTP; `_OTHER`: one that HTTP does not have.',
    values: HTTP_METHODS,
  },
  http_route: {
    meaning: 'A path of the API, with its parameters by name; none: a path that it does not have.',
    values: 100,
  },
  http_response_status_code: {
    meaning: 'The status of the answer, `x00` for one that is not registered; none: there was no answer.',
    values: HTTP_STATUSES,
  },
  // Of an answer it is its status, and so no combination more.
  error_type: {
    meaning:
      'Of an answer that is an error its status: from 500 at the API, from 400 at an origin. Else `cancelled`, `connection`, `timeout`, `too_large` (a body beyond its limit), `refused` or `unavailable` (a database said so: for good, for now) or `_OTHER`. None: no error.',
    values: ERROR_TYPES.length + 1,
  },
  telemetry: { meaning: 'What was to be sent: `traces` or `metrics`.', values: 2 },
  url_scheme: { meaning: 'Always `http`: what ends TLS stands before the API.', values: 1 },
  server_address: { meaning: 'The host of an origin.', values: { of: 'origins', and: 0 } },
  // With its address: so there are as many of both as there are origins.
  server_port: { meaning: 'The port of that host, such as 443: one for each origin there.', values: 1 },
  db_system_name: { meaning: 'Always `postgresql`.', values: 1 },
  db_namespace: { meaning: 'The database of an origin: one for each origin there.', values: 1 },
  db_operation_name: {
    meaning:
      'Of the statements around the query of a list: `BEGIN`, `DECLARE`, `FETCH`, `COMMIT`, `ROLLBACK`. None: a query that is configured.',
    values: 6,
  },
} as const satisfies Record<string, LabelValues>;
export type Label = keyof typeof LABELS;

/** How many rows a group with these labels can have: every combination, and the row of what is beyond them. */
export function mostRows(labels: readonly Label[], counts: LabelCounts): number {
  return labels.reduce((rows, label) => {
    const { values }: LabelValues = LABELS[label];
    return rows * (typeof values === 'number' ? values : counts[values.of] + values.and);
  }, 1);
}

/** In place of each label of a row, once a group has as many rows as it can have: no series comes of what nobody configured. */
export const OTHER = 'other';
