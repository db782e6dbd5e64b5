import { playScenarios } from '../../support/doctor-scenarios.ts';
import { PROCESS_SCENARIOS } from './scenarios/processes.ts';
import { QUEUE_SCENARIOS } from './scenarios/queue.ts';

playScenarios([...PROCESS_SCENARIOS, ...QUEUE_SCENARIOS]);
