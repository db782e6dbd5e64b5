import { describeContract, describeLiars } from './suite.ts';
import { createOnRedis } from './tick-store.steps.ts';
import { TICK_STORE_CLAUSES, TICK_STORE_LIARS } from './tick-store.ts';

describeContract('the account of ticks on Redis', TICK_STORE_CLAUSES, createOnRedis);
describeLiars('the contract of the account of ticks', TICK_STORE_CLAUSES, createOnRedis, TICK_STORE_LIARS);
