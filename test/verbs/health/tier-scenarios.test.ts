import { playScenarios } from '../../support/doctor-scenarios.ts';
import { S3_SCENARIOS, TIER_SCENARIOS } from './scenarios/tiers.ts';

playScenarios([...TIER_SCENARIOS, ...S3_SCENARIOS]);
