import { playScenarios } from '../../support/doctor-scenarios.ts';
import { ACCESS_SCENARIOS } from './scenarios/access.ts';

playScenarios(ACCESS_SCENARIOS);
