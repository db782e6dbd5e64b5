import { describeContract, describeLiars } from './suite.ts';
import { PURE_RULES, TICK_TIMING_CLAUSES, TICK_TIMING_LIARS } from './tick-timing.ts';

describeContract('what becomes of the times of a schedule', TICK_TIMING_CLAUSES, () => PURE_RULES);
describeLiars('the rules of ticks', TICK_TIMING_CLAUSES, () => PURE_RULES, TICK_TIMING_LIARS);
