/** How a run and its manifest are written in Redis, and read back. The fields are listed in `redis-runs-scripts.ts`. */
import { z } from 'zod';
import { countsOf, OUTCOME_CODES, OUTCOMES, PENDING_CODE } from '../../core/outcome.ts';
import { recordFrom } from '../../redis/record.ts';
import {
  type EndedReason,
  type KeyOutcome,
  PLAIN_RUN,
  RUN_CAUSES,
  type Run,
  type RunChunk,
  type RunSpec,
  type RunState,
} from './runs.ts';

/** The parts of a run that never change. */
export function writeSpec(spec: RunSpec): string {
  return JSON.stringify(spec);
}

const estimate = z.object({ low: z.number(), likely: z.number(), high: z.number() });

const plan = z.object({
  ...{ keys: z.number(), fetch: z.number() },
  ...{ calls: estimate, bytes: estimate.nullable(), likely: estimate.nullable() },
});
const plannedRecord = z.object({
  plan: plan.optional().catch(undefined),
  unplanned: z.string().optional().catch(undefined),
});

/** What is not as it should be reads as its plainest value: one odd run must not hide the others in a list. */
const record = z.object({
  id: z.string(),
  selector: z.string().catch(''),
  named: z
    .object({ list: z.string(), pages: z.int(), keys: z.int(), sources: z.array(z.string()) })
    .optional()
    .catch(undefined),
  keep: z.number().optional().catch(undefined),
  // Only programs that call the verbs could leave it out.
  cause: z.enum(RUN_CAUSES).catch('library'),
  schedule: z.string().optional().catch(undefined),
  nominal: z.number().optional().catch(undefined),
  options: z
    .object({
      force: z.boolean().catch(false),
      missing: z.boolean().catch(false),
      limit: z.number().catch(0),
      deadlineAt: z.number().catch(0),
      acceptAbsent: z.boolean().catch(false),
    })
    .catch({ ...PLAIN_RUN }),
  plan: plan.optional().catch(undefined),
  note: z.string().optional().catch(undefined),
  names: z.string().optional().catch(undefined),
  createdAt: z.number().catch(0),
  stamps: z.record(z.string(), z.number()).catch({}),
});

/** Undefined for what has no id: that is no run. */
export function readSpec(text: string): RunSpec | undefined {
  const read = recordFrom(record, text);
  if (read === undefined) return undefined;
  const { named, keep, schedule, nominal, names, plan, note, ...rest } = read;
  return { ...rest, named, keep, schedule, nominal, names, ...(plan && { plan }), ...(note && { note }) };
}

const unreadRecord = z.array(z.object({ entities: z.string(), reason: z.string() }));

const shrunkRecord = z.array(
  z.object({
    source: z.string(),
    entities: z.array(z.string()),
    listed: z.number(),
    missing: z.number(),
    keys: z.number(),
  }),
);

const coverageRecord = z.record(z.string(), z.object({ warm: z.number(), total: z.number() }));

/** Undefined when the fields are those of no run. */
export function readRun(fields: Readonly<Record<string, string>>): Run | undefined {
  const { spec, state, startedAt, endedAt, endedReason, endedNote = '' } = fields;
  const { coverage = '{}', unread = '[]', shrunk = '[]', planned = '{}' } = fields;
  const known = spec === undefined ? undefined : readSpec(spec);
  if (known === undefined || state === undefined) return undefined;
  const { plan: ofTick, unplanned } = recordFrom(plannedRecord, planned) ?? {};
  return {
    ...known,
    ...(known.plan === undefined && ofTick !== undefined && { plan: ofTick }),
    ...(unplanned !== undefined && { unplanned }),
    // The scripts write only these.
    state: state as RunState,
    startedAt: numberOf(startedAt),
    endedAt: numberOf(endedAt),
    // Written by `stop` and `end` from one.
    endedReason: endedReason as EndedReason | undefined,
    endedNote,
    total: Number(fields.total),
    chunks: Number(fields.chunks),
    unread: recordFrom(unreadRecord, unread) ?? [],
    shrunk: recordFrom(shrunkRecord, shrunk) ?? [],
    counts: countsOf(
      Object.fromEntries(OUTCOMES.map((outcome) => [outcome, Number(fields[OUTCOME_CODES[outcome]] ?? 0)])),
    ),
    pending: Number(fields.pending),
    coverage: recordFrom(coverageRecord, coverage) ?? {},
    revision: Number(fields.revision),
  };
}

/** The same from the flat list of names and values that scripts return. */
export function readRunList(list: readonly string[]): Run | undefined {
  const fields: Record<string, string> = {};
  for (let i = 0; i < list.length; i += 2) fields[list[i] ?? ''] = list[i + 1] ?? '';
  return readRun(fields);
}

/** A source, then its keys, a line each: neither can hold a line break. */
export function writeChunk(source: string, keys: readonly string[]): string {
  return [source, ...keys].join('\n');
}

/** In a run that has ended, a key that is still pending was cancelled. */
export function readChunk(text: string, codes: string, state: string, spec: RunSpec): RunChunk {
  const [source = '', ...keys] = text.split('\n');
  return {
    source,
    keys,
    outcomes: state === 'ended' ? codes.replaceAll(PENDING_CODE, OUTCOME_CODES.cancelled) : codes,
    // The scripts write only these.
    runState: state as RunState,
    options: spec.options,
    stamps: spec.stamps,
  };
}

/**
 * Marks as stretches of neighbouring keys: the index of the first and a code for each, by turns, in order of index.
 * Of two marks of one key the first counts.
 */
export function stretchesOf(marks: readonly KeyOutcome[]): (string | number)[] {
  const stretches: (string | number)[] = [];
  let codes = '';
  let next = -1;
  for (const { index, outcome } of inOrder(marks)) {
    if (index < next) continue;
    if (index > next) {
      if (codes !== '') stretches.push(codes);
      stretches.push(index);
      codes = '';
    }
    codes += OUTCOME_CODES[outcome];
    next = index + 1;
  }
  if (codes !== '') stretches.push(codes);
  return stretches;
}

/** Most marks come in order already, which sorting would not notice for free. */
function inOrder(marks: readonly KeyOutcome[]): readonly KeyOutcome[] {
  const ordered = marks.every((mark, i) => i === 0 || mark.index >= (marks[i - 1]?.index ?? 0));
  return ordered ? marks : marks.toSorted((a, b) => a.index - b.index);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
