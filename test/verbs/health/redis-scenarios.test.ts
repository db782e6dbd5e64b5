import { playScenarios } from '../../support/doctor-scenarios.ts';
import { REDIS_SCENARIOS } from './scenarios/redis.ts';

playScenarios(REDIS_SCENARIOS);
