/** For each clause of the contract of the stack, a broken stack that it must reject. */
import type { Stack } from '../../src/tiers/stack/stack.ts';
import { createCountedStack } from '../support/stack.ts';
import { liar } from './liar.ts';
import { STACK_CLAUSES, type StackSubject } from './stack.ts';
import { describeLiars } from './suite.ts';

const lying =
  (lie: (honest: Stack, subject: StackSubject) => Partial<Stack>) =>
  (subject: StackSubject): StackSubject => ({
    ...subject,
    stack: liar(subject.stack, lie(subject.stack, subject)),
  });

/** Through the fences or not: what the tiers hold. */
const unfenced = lying((_, { memory }) => ({
  getMany: (keys, want, signal) => memory.getMany(keys, want, signal),
}));

describeLiars('the contract of the stack', STACK_CLAUSES, createCountedStack, {
  'finds the nearest entry of each key, and says which tier had it': lying((honest, { shared }) => ({
    find: async (keys, want, signal) => {
      const found = await honest.find(keys, want, signal);
      return { ...found, tiers: keys.map(() => shared.name) };
    },
  })),
  'counts reads of values, and not of heads': lying((honest) => ({
    find: (keys, _, signal) => honest.find(keys, 'entry', signal),
  })),
  'reads again without counting': lying((honest) => ({
    readAgain: (keys, signal) => honest.find(keys, 'entry', signal),
  })),
  'misses what no tier can be asked for, and never fails': lying((honest, { memory }) => ({
    find: async (keys, want, signal) => {
      await memory.getMany(keys, want, signal);
      return honest.find(keys, want, signal);
    },
  })),
  'names the tiers that did not answer, with the keys that may be there': lying((honest) => ({
    find: async (keys, want, signal) => ({ ...(await honest.find(keys, want, signal)), silent: [] }),
  })),
  'looks into one tier, and shows what a fence dropped there as a tombstone': lying(() => ({
    look: (tier, keys, want, signal) => tier.getMany(keys, want, signal),
  })),
  'finds nothing that a fence dropped, in whichever tier': unfenced,
  'writes through every tier, and reports per tier what came of it': lying((honest) => ({
    writeThrough: async (writes, signal) => {
      const through = await honest.writeThrough(writes, signal);
      return { ...through, tiers: through.tiers.map((tier) => ({ ...tier, superseded: 0 })) };
    },
  })),
  'takes a write as long as one backing tier does, and rejects it when none does': lying((honest) => ({
    writeThrough: (writes, signal) =>
      honest.writeThrough(writes, signal).catch(() => ({ verdicts: writes.map(() => 'written'), tiers: [] })),
  })),
  'keeps in memory what no backing tier took, unless it is to be refused there, too': lying((honest) => ({
    writeThrough: (writes, signal) => honest.writeThrough(writes, signal),
  })),
  'brings backing tiers that disagree to the newest before it resolves': lying((_, { shared, disk }) => ({
    writeThrough: async (writes, signal) => {
      await Promise.all([shared, disk].map((tier) => tier.putMany(writes, signal)));
      return { verdicts: writes.map(() => 'superseded'), tiers: [] };
    },
  })),
  'surveys where each key is newest, and which tiers lack it': lying((honest, { memory }) => ({
    survey: async (keys, signal) => {
      const inMemory = await memory.getMany(keys, 'head', signal);
      const surveys = await honest.survey(keys, signal);
      return surveys.map((survey, i) => ({ ...survey, newest: inMemory[i]?.head ?? survey.newest }));
    },
  })),
  'names the tiers that a survey could not ask, and rejects when it could ask none': lying((honest) => ({
    survey: async (keys, signal) =>
      (await honest.survey(keys, signal)).map((survey) => ({ ...survey, silent: [] })),
  })),
  'fills the tiers that lack a key with its newest entry, as old as it is': lying((honest, { shared }) => ({
    fill: async (keys, signal) => {
      const filled = await honest.fill(keys, signal);
      const entries = (await shared.getMany(keys, 'entry', signal)).filter((entry) => entry !== undefined);
      const younger = entries.map(({ head, body }) => ({
        head: { ...head, staleAt: head.staleAt + 1 },
        body,
      }));
      await shared.putMany(
        younger.map((entry) => ({ kind: 'put', entry }) as const),
        signal,
      );
      return filled;
    },
  })),
  'fills nothing with what is gone, or with what a fence dropped': lying((_, { shared, disk }) => ({
    fill: async (keys, signal) => {
      const entries = (await disk.getMany(keys, 'entry', signal)).filter((entry) => entry !== undefined);
      await shared.putMany(
        entries.map((entry) => ({ kind: 'put', entry }) as const),
        signal,
      );
      return 0;
    },
  })),
  'repairs what a tier missed while it failed, values and tombstones': lying(() => ({
    repair: async () => 0,
  })),
});
