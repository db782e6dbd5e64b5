import { SCHEDULE_REQUEST_CLAUSES, SCHEDULE_REQUEST_LIARS } from './schedule-requests.ts';
import { describeContract, describeLiars } from './suite.ts';
import { createOnRedis } from './tick-store.steps.ts';

describeContract('what people ask of schedules, on Redis', SCHEDULE_REQUEST_CLAUSES, createOnRedis);
describeLiars(
  'the contract of what people ask of schedules',
  SCHEDULE_REQUEST_CLAUSES,
  createOnRedis,
  SCHEDULE_REQUEST_LIARS,
);
