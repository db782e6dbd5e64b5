/** What every job kind must do, and for each clause a kind that does not. */
import { describe, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { PLAIN_RUN } from '../../src/catalog/runs/runs.ts';
import { gcJob } from '../../src/jobs/gc.ts';
import type { AnyJobKind } from '../../src/jobs/job.ts';
import type { QueuedJob } from '../../src/queue/queue.ts';
import type { Jobs } from '../support/build-jobs.ts';
import { NEVER } from '../warming/warm.steps.ts';

/** A kind in a system where its jobs have something to do. */
export interface JobKindSubject {
  readonly jobs: Jobs;
  readonly kind: AnyJobKind;
  /** One of each sort that is queued. */
  readonly envelopes: readonly QueuedJob[];
}

export interface JobKindClause {
  readonly check: (subject: JobKindSubject) => Promise<void>;
  readonly lie: (honest: JobKindSubject) => AnyJobKind;
}

type Bound = ReturnType<AnyJobKind['bind']>;

/** Every job of the kind does something else as well, or instead. */
function bound({ kind }: JobKindSubject, change: (job: Bound) => Partial<Bound>): AnyJobKind {
  return {
    name: kind.name,
    bind(raw) {
      const job = kind.bind(raw);
      return { ...job, ...change(job) };
    },
  };
}

async function runAll({ kind, envelopes }: JobKindSubject): Promise<void> {
  for (const { id, payload } of envelopes) await kind.bind(payload).run({ id, signal: NEVER });
}

/** What jobs leave behind: runs, the catalog, the queue and what the tiers hold. */
async function leftBehind({ jobs }: JobKindSubject) {
  const { runs, catalog, queue, stack, origins } = jobs;
  const { records } = await catalog.scan('profile', undefined, 1_000);
  const keys = records.map(({ key }) => key).sort();
  const entries = await stack.getMany(keys, 'head', NEVER);
  return {
    runs: (await runs.list(100, undefined)).runs,
    due: new Map(records.map(({ key, dueAt, failure }) => [key, { dueAt, failure }])),
    heads: entries.map((entry) => entry?.head.fetchedAt),
    queued: await Promise.all(['control', ...origins.keys()].map((lane) => queue.counts(lane))),
  };
}

const NO_PAYLOADS: readonly unknown[] = [undefined, null, 'text', [], { step: 'unknown' }];

/** zod asks whatever stands in the place of a text or a list for its length. */
const STRANGE = { length: { toString: 1 } };

/** The value, each time with something strange in the place of one of its texts and lists. */
function strangely(value: unknown): unknown[] {
  if (typeof value === 'string') return [STRANGE];
  if (typeof value !== 'object' || value === null) return [];
  const within = Object.entries(value).flatMap(([name, member]) =>
    strangely(member).map((odd) =>
      Array.isArray(value) ? value.with(Number(name), odd) : { ...value, [name]: odd },
    ),
  );
  return Array.isArray(value) ? [STRANGE, ...within] : within;
}

export const jobKindClauses: Readonly<Record<string, JobKindClause>> = {
  'takes the payloads that are queued for it, under its name': {
    async check({ kind, envelopes }) {
      for (const envelope of envelopes) {
        expect(envelope.kind).toBe(kind.name);
        expect(() => kind.bind(JSON.parse(JSON.stringify(envelope.payload)))).not.toThrow();
      }
    },
    lie: ({ kind }) => ({ ...kind, name: `${kind.name}s` }),
  },

  'refuses with a ZodError what is no payload of its own': {
    async check({ kind, envelopes }) {
      const extended = envelopes.map(({ payload }) => ({ ...Object(payload), more: 1 }));
      const strange = envelopes.flatMap(({ payload }) => strangely(JSON.parse(JSON.stringify(payload))));
      for (const raw of [...NO_PAYLOADS, ...extended, ...strange]) {
        expect(() => kind.bind(raw), JSON.stringify(raw)).toThrow(ZodError);
      }
    },
    lie: ({ kind, envelopes }) => ({ ...kind, bind: () => kind.bind(envelopes[0]?.payload) }),
  },

  'leaves the same behind when it runs again': {
    async check(subject) {
      await runAll(subject);
      const once = await leftBehind(subject);
      await runAll(subject);
      expect(await leftBehind(subject)).toEqual(once);
    },
    lie(honest) {
      let times = 0;
      return bound(honest, (job) => ({
        async run(context) {
          times += 1;
          await honest.jobs.queue.add([gcJob(`again-${times}`)]);
          return job.run(context);
        },
      }));
    },
  },

  'leaves nothing that waits for it when it is given up, be it twice': {
    async check({ kind, envelopes, jobs }) {
      for (const { payload } of [...envelopes, ...envelopes]) {
        await kind.bind(payload).giveUp('it threw');
        for (const run of await jobs.runs.active()) expect(run).toMatchObject({ pending: 0 });
      }
    },
    lie: (honest) =>
      bound(honest, () => ({
        async giveUp() {
          await honest.jobs.runs.create({
            ...{ id: 'left', selector: '', cause: 'cli', schedule: undefined, nominal: undefined },
            ...{ named: undefined, keep: undefined, names: undefined, createdAt: 0, stamps: {} },
            options: PLAIN_RUN,
          });
          await honest.jobs.runs.addChunk('left', 0, 'profile', ['profile:m0']);
        },
      })),
  },
};

export function describeJobKind(name: string, create: () => Promise<JobKindSubject>): void {
  describe(`the contract of job kinds, kept by ${name}`, () => {
    for (const [sentence, { check }] of Object.entries(jobKindClauses)) {
      test(sentence, async () => check(await create()));
    }
  });
}
