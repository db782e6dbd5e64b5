/** Each check of the doctor is declared once, described once, and shown to find what it is there for. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHECKS } from '../../../src/verbs/health/checks.ts';
import { LEVELS } from '../../../src/verbs/health/doctor-shapes.ts';
import { ACCESS_SCENARIOS } from './scenarios/access.ts';
import { ORIGIN_SCENARIOS } from './scenarios/origins.ts';
import { PROCESS_SCENARIOS } from './scenarios/processes.ts';
import { QUEUE_SCENARIOS } from './scenarios/queue.ts';
import { REDIS_SCENARIOS } from './scenarios/redis.ts';
import { SCHEDULE_SCENARIOS } from './scenarios/schedules.ts';
import { S3_SCENARIOS, TIER_SCENARIOS } from './scenarios/tiers.ts';

const SCENARIOS = [
  ...REDIS_SCENARIOS,
  ...TIER_SCENARIOS,
  ...S3_SCENARIOS,
  ...ORIGIN_SCENARIOS,
  ...PROCESS_SCENARIOS,
  ...QUEUE_SCENARIOS,
  ...SCHEDULE_SCENARIOS,
  ...ACCESS_SCENARIOS,
];
const IDS = CHECKS.map(({ id }) => id);

test('ids are different, in lower case, and headings of the page in the same order', () => {
  expect(new Set(IDS).size).toBe(IDS.length);
  for (const id of IDS) expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  const page = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
  expect([...page.matchAll(/^## (.+)$/gm)].map(([, id]) => id)).toEqual(IDS);
});

test('each check has a scenario that makes it bad and then good, and each scenario is of a check', () => {
  expect(IDS.filter((id) => !SCENARIOS.some(({ check }) => check === id))).toEqual([]);
  expect(SCENARIOS.filter(({ check }) => !IDS.includes(check))).toEqual([]);
});

test('no check finds worse than it says it may', () => {
  for (const { check: id, wrong, level } of SCENARIOS) {
    const worst = CHECKS.find((check) => check.id === id)?.worst ?? 'note';
    expect(LEVELS.indexOf(level), `${id}: ${wrong}`).toBeLessThanOrEqual(LEVELS.indexOf(worst));
  }
});
