/**
 * What is wrong with an installation, as data: each scenario says of one check what it finds, and is played on real servers: first all
 * is well, then it is spoilt, and then mended. `test/verbs/health/scenarios` has them, at least one for each check.
 */
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { App, Role } from '../../src/app/app.ts';
import { CHECKS } from '../../src/verbs/health/checks.ts';
import type { Found } from '../../src/verbs/health/doctor-check.ts';
import type { Level } from '../../src/verbs/health/doctor-shapes.ts';
import type { Examination } from '../../src/verbs/health/examination.ts';
import { type Installation, install, start } from './build-installation.ts';
import { examine } from './findings.ts';
import { connectRedis } from './redis.ts';
import { freePort } from './redis-server.ts';
import { until } from './waiting.ts';

/** Where a scenario takes place. */
export interface Place extends Installation {
  /** Whoever may change the server. */
  readonly admin: Redis;
  /** Nothing listens there. */
  readonly freePort: number;
}

type Configuration = Readonly<Record<string, unknown>>;
type Config = (place: Place) => Configuration | Promise<Configuration>;

interface Scenario {
  readonly check: string;
  /** What is wrong, as the end of a sentence. */
  readonly wrong: string;
  readonly level: Level;
  readonly says: RegExp;
}

/** Something happens to an installation, or it is configured otherwise. */
export interface PlayedScenario extends Scenario {
  readonly roles?: readonly Role[];
  readonly config?: Config;
  /** What must be there before a process starts. */
  before?(place: Place): Promise<unknown> | unknown;
  /** Of another process, which finds what is wrong with it. */
  readonly badConfig?: Config;
  spoil?(place: Place, app: App): Promise<unknown> | unknown;
  mend?(place: Place, app: App): Promise<unknown> | unknown;
}

/** What cannot be made to happen here, such as an old server: the check is given what it would see. */
export interface GivenScenario extends Scenario {
  readonly bad: Partial<Examination>;
  readonly good: Partial<Examination>;
}

export function isGiven(scenario: PlayedScenario | GivenScenario): scenario is GivenScenario {
  return 'bad' in scenario;
}

export function playScenarios(scenarios: readonly (PlayedScenario | GivenScenario)[]): void {
  for (const scenario of scenarios) {
    const { check, wrong, level } = scenario;
    test(`${check} finds a ${level} where ${wrong}, and none before and after`, () =>
      isGiven(scenario) ? compare(scenario) : play(scenario));
  }
}

async function compare({ check: id, level, says, bad, good }: GivenScenario): Promise<void> {
  const check = CHECKS.find((each) => each.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  isWell(await examine(check, good));
  isFound(await examine(check, bad), level, says);
}

async function play(scenario: PlayedScenario): Promise<void> {
  const { check, roles = [], config = () => ({}), badConfig, level, says } = scenario;
  const installation = await install({ aof: true });
  const place: Place = {
    ...installation,
    admin: connectRedis(installation.server.url),
    freePort: await freePort(),
  };
  await scenario.before?.(place);
  const configured = await config(place);
  const well = await start(installation, roles, configured);
  const look = (app = well) => app.verbs.doctor([check]);
  isWell((await look()).findings);
  await scenario.spoil?.(place, well);
  const app =
    badConfig === undefined
      ? well
      : await start(installation, [], { ...configured, ...(await badConfig(place)) });
  const isBad = ({ findings }: { readonly findings: readonly Found[] }) =>
    findings.some((each) => each.level === level);
  isFound((await until(`a ${level} of ${check}`, () => look(app), isBad)).findings, level, says);
  if (scenario.mend === undefined) return isWell((await look()).findings);
  await scenario.mend(place, well);
  const isMended = ({ findings }: { readonly findings: readonly Found[] }) =>
    findings.length > 0 && findings.every((each) => each.level === 'ok');
  await until(`a good end of ${check}`, () => look(), isMended);
}

/** A check that finds nothing at all is not shown to be well. */
function isWell(findings: readonly Found[]): void {
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.filter((each) => each.level !== 'ok')).toEqual([]);
}

function isFound(findings: readonly Found[], level: Level, says: RegExp): void {
  expect(findings.filter((each) => each.level !== 'ok')).toContainEqual({
    ...findings.find((each) => each.level === level),
    ...{ level, finding: expect.stringMatching(says), remedy: expect.stringMatching(/\w+/) },
  });
}
