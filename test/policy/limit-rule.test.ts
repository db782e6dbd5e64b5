import { nextLimit } from '../../src/policy/limit.ts';
import { apart, describeContract, describeLiars } from '../contract/suite.ts';
import { LIMIT_RULE } from './limit-rule.ts';

const { clauses, liars } = apart(LIMIT_RULE);
describeContract('the rule of limits', clauses, () => nextLimit);
describeLiars('the rule of limits', clauses, () => nextLimit, liars);
