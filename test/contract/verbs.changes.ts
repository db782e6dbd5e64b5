/** Everything that changes, as one stream. */
import { expect } from 'vitest';
import type { ChangeEvent } from '../../src/verbs/changes/change-shapes.ts';
import type { Verbs } from '../../src/verbs/verbs.ts';
import { type VerbsClauses, type VerbsSubject, warmOf } from './verbs.steps.ts';

type Next = () => Promise<ChangeEvent | undefined>;

/** A stream that is followed until `work` is done. */
async function following(
  { verbs, drive }: VerbsSubject,
  after: string,
  work: (next: Next) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const stream = verbs.changes(over.signal, after)[Symbol.asyncIterator]();
  try {
    await work(async () => (await drive(stream.next())).value);
  } finally {
    over.abort();
    await stream.return?.();
  }
}

/** The events up to the first that fits. */
async function upTo(next: Next, fits: (event: ChangeEvent) => boolean): Promise<ChangeEvent[]> {
  const all: ChangeEvent[] = [];
  for (let event = await next(); event !== undefined; event = await next()) {
    all.push(event);
    if (fits(event)) return all;
  }
  throw new Error(`the stream ended: ${JSON.stringify(all)}`);
}

const NIGHTLY = { names: ['nightly'], kinds: [], all: false };
const BEGIN = { event: 'resync', data: { reason: 'begin' } };

/** The stream as it is, but for what `lie` makes of each event; undefined ends it. */
function lying(honest: Verbs, lie: (event: ChangeEvent) => ChangeEvent | undefined): Pick<Verbs, 'changes'> {
  return {
    async *changes(...given) {
      for await (const event of honest.changes(...given)) {
        const told = lie(event);
        if (told === undefined) return;
        yield told;
      }
    },
  };
}

const isEnded = ({ event, data }: ChangeEvent) =>
  event === 'change' && data.kind === 'run' && data.state === 'ended';
const isSchedule = ({ event, data }: ChangeEvent) => event === 'change' && data.kind === 'schedule';

export const changeClauses: VerbsClauses = {
  'a stream says first that all is to be read, and then tells of a run until it has ended': {
    async check(subject) {
      await following(subject, '', async (next) => {
        expect(await next()).toMatchObject(BEGIN);
        const { run } = await subject.verbs.warm(warmOf({ selector: '' }), 'api');
        const isRun = ({ event, data }: ChangeEvent) => event === 'change' && data.kind === 'run';
        const made = (await upTo(next, isRun)).at(-1);
        expect(made?.data).toMatchObject({ kind: 'run', name: run.id, gone: false, state: 'planning' });
        await subject.work(run.id);
        const ended = (await upTo(next, isEnded)).at(-1);
        expect(ended?.data).toMatchObject({ name: run.id, pending: 0, total: 10, endedReason: 'finished' });
      });
    },
    lie: ({ verbs }) => lying(verbs, (event) => (isEnded(event) ? undefined : event)),
  },

  'a schedule that is paused or resumed is told, with who paused it, and nothing else of schedules': {
    async check(subject) {
      await following(subject, '', async (next) => {
        await next();
        await subject.verbs.pauseSchedules(NIGHTLY, { why: 'a freeze' }, 'ann');
        const paused = (await upTo(next, isSchedule)).at(-1);
        await subject.verbs.resumeSchedules(NIGHTLY);
        const resumed = (await upTo(next, isSchedule)).at(-1);
        expect([paused?.data, resumed?.data]).toMatchObject([
          { name: 'nightly', paused: { by: 'ann', why: 'a freeze', until: null } },
          { name: 'nightly', paused: null },
        ]);
      });
    },
    lie: ({ verbs }) =>
      lying(verbs, (event) =>
        isSchedule(event) ? ({ ...event, data: { ...event.data, name: 'warm' } } as ChangeEvent) : event,
      ),
  },

  'who comes back with the id of an event gets what came after it, while somebody else follows': {
    async check(subject) {
      const { verbs } = subject;
      await following(subject, '', async (next) => {
        await next();
        await verbs.pauseSchedules(NIGHTLY);
        const id = (await upTo(next, isSchedule)).at(-1)?.id ?? '';
        await verbs.resumeSchedules(NIGHTLY);
        const last = (await upTo(next, isSchedule)).at(-1);
        await following(subject, id, async (again) => {
          // Nothing more is waited for where it does not begin so.
          expect(await again()).toMatchObject({ event: 'resumed' });
          expect((await upTo(again, isSchedule)).at(-1)).toEqual(last);
        });
        await following(subject, last?.id ?? '', async (again) =>
          expect(await again()).toMatchObject({ event: 'resumed' }),
        );
        await following(subject, 'another-7', async (again) => expect(await again()).toMatchObject(BEGIN));
      });
    },
    lie: ({ verbs }) => ({ changes: (signal) => verbs.changes(signal) }),
  },

  'its signal ends it without an error': {
    async check({ verbs, drive }) {
      const over = new AbortController();
      const stream = verbs.changes(over.signal)[Symbol.asyncIterator]();
      await drive(stream.next());
      const rest = stream.next();
      over.abort(new Error('enough'));
      expect(await rest).toEqual({ done: true, value: undefined });
    },
    lie: ({ verbs }) => ({
      async *changes(signal) {
        yield* verbs.changes(signal);
        throw signal?.reason;
      },
    }),
  },
};
