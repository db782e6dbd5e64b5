import { playScenarios } from '../../support/doctor-scenarios.ts';
import { SCHEDULE_SCENARIOS } from './scenarios/schedules.ts';

playScenarios(SCHEDULE_SCENARIOS);
