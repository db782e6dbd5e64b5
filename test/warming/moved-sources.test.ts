import { expect, test } from 'vitest';
import { buildJobs } from '../support/build-jobs.ts';
import { bodyOf, UNCHANGED } from '../support/scripted-origin.ts';
import { sourceWith } from '../support/sources.ts';
import { bodies, inTiers, ONE, warm } from './warm.steps.ts';

const [KEY = ''] = ONE;

/** An origin that, as two servers may, has the same validator for whatever it serves. */
async function fetchedFrom(asks: string) {
  const jobs = buildJobs({ sources: [sourceWith({ asks })] });
  jobs.origin.answerEach(({ known }) => (known === undefined ? bodyOf('"old"', { etag: '"1"' }) : UNCHANGED));
  await warm(jobs);
  jobs.origin.answerEach(({ known }) => (known === undefined ? bodyOf('"new"', { etag: '"1"' }) : UNCHANGED));
  await jobs.clock.advance(90_000);
  const source = sourceWith({ asks: 'there' });
  const { ended } = await warm({ warmer: jobs.warmer, sources: new Map([['profile', source]]) });
  return { jobs, outcome: ended[KEY] };
}

test('a value is fetched whole once its source asks another address, and notes that one', async () => {
  const { jobs, outcome } = await fetchedFrom('here');
  expect(outcome).toBe('warmed');
  expect(await bodies(jobs)).toEqual(['"new"', '"new"', '"new"']);
  for (const entry of await inTiers(jobs)) expect(entry?.head.asked).toBe('there');
});

test('a value is asked for by its validator while its source asks the same address', async () => {
  const { jobs, outcome } = await fetchedFrom('there');
  expect(outcome).toBe('unchanged');
  expect(await bodies(jobs)).toEqual(['"old"', '"old"', '"old"']);
});
