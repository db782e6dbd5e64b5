import { playScenarios } from '../../support/doctor-scenarios.ts';
import { ORIGIN_SCENARIOS } from './scenarios/origins.ts';

playScenarios(ORIGIN_SCENARIOS);
