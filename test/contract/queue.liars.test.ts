/** For each clause of the queue contract, a queue that breaks it and must be caught. */
import { describe, expect, test } from 'vitest';
import { setup } from '../queue/setup.ts';
import { describeQueue, queueClauses } from './queue.ts';

const create = () => setup({ attempts: 2 }).queue;

describeQueue('BullMQ', create);

describe('the queue contract catches a queue that breaks the clause', () => {
  for (const [sentence, { check, lie }] of Object.entries(queueClauses)) {
    test(`"${sentence}"`, async () => {
      await expect(check(lie(create()))).rejects.toThrow();
    });
  }
});
