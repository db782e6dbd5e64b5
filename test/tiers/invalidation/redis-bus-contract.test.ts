import { BUS_CLAUSES } from '../../contract/bus.ts';
import { describeContract } from '../../contract/suite.ts';
import { twoBuses } from '../../support/buses.ts';

describeContract('the contract of the bus, on Redis', BUS_CLAUSES, twoBuses);
