/** What an operator asks on the second day: each question is answered by one command, and by one call of the API. */
import { expect, test } from 'vitest';
import { configOf, install, start, writeConfig } from '../support/build-installation.ts';
import { startCommand } from '../support/real-cli.ts';
import { connectRedis } from '../support/redis.ts';
import { json, status } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const LEDGER = 'forewarm:{o:markets}:ledger';

interface Question {
  readonly asks: string;
  readonly command: (run: string) => readonly string[];
  readonly call: (run: string) => readonly [method: 'GET' | 'POST', path: string, body?: object];
  /** What a person reads. */
  readonly says: RegExp;
  /** What a program reads. */
  readonly gives: object;
}

const QUESTIONS: readonly Question[] = [
  {
    asks: "will tonight's warm end before 06:00?",
    command: () => ['plan', '--schedule', 'nightly', '--by', '06:00'],
    call: () => ['POST', '/v1/plans', { schedule: 'nightly', by: '06:00' }],
    says: /to be done by[\s\S]*it ends in time/,
    gives: { by: expect.anything() },
  },
  {
    asks: 'why is key X cold?',
    command: () => ['explain', 'profile:2'],
    call: () => ['GET', '/v1/explanations/profile:2'],
    says: /400/,
    gives: { key: 'profile:2', verdict: expect.any(String) },
  },
  {
    asks: "who used the origin's budget?",
    command: () => ['budget', 'markets', '--since', '2h'],
    call: () => ['GET', '/v1/budget?origin=markets&hours=2'],
    says: /used +\d+ calls: .*runs/,
    gives: { origins: [{ origin: 'markets', total: { by: { run: expect.any(Number) } } }] },
  },
  {
    asks: 'what did the last run fail to warm?',
    command: (run) => ['runs', 'failures', run],
    call: (run) => ['GET', `/v1/runs/${run}/failures`],
    says: /profile:2 +failed +GET \/2 answered 400/,
    gives: { total: 1, failures: [{ key: 'profile:2', outcome: 'failed', reason: 'GET /2 answered 400' }] },
  },
  {
    asks: 'what is new in it?',
    command: (run) => ['runs', 'diff', run],
    call: (run) => ['GET', `/v1/runs/${run}/diff`],
    says: /profile:2/,
    gives: { newlyFailing: { count: 1, keys: [{ key: 'profile:2' }] } },
  },
  {
    asks: 'what is not worth warming?',
    command: () => ['worth'],
    call: () => ['GET', '/v1/worth'],
    says: /profile/,
    gives: { sources: [{ source: 'profile' }] },
  },
  {
    asks: 'what happens at the next clock change?',
    command: () => ['schedules', 'preview', '--changes', '--from', '2027-01-01T00:00Z'],
    call: () => ['GET', '/v1/clock-changes?from=2027-01-01T00:00Z'],
    says: /America\/Denver: clocks go forward by 60 min[\s\S]*nightly.*moved: 02:30:00/,
    gives: { changes: [{ timezone: 'America/Denver', minutes: 60, schedules: [{ schedule: 'nightly' }] }] },
  },
  {
    asks: 'is anything wrong with the installation?',
    command: () => ['doctor', 'redis', 'origin', '--all'],
    call: () => ['GET', '/v1/doctor?checks=redis,origin'],
    says: /ok +redis +redis\.jobs: version/,
    gives: { level: 'ok', unexamined: [] },
  },
];

async function installed() {
  const installation = await install({ aof: true });
  const nightly = {
    cron: '30 2 * * *',
    timezone: 'America/Denver',
    warm: { sources: ['profile'], entities: 'markets' },
  };
  const change = { schedules: { nightly } };
  const config = await writeConfig(installation, { ...configOf(installation), ...change });
  const app = await start(installation, ['worker', 'api'], change);
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const given = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await fetch(`${app.apiUrl}${path}`, { method, headers, ...given })).json();
  };
  return { installation, config, app, ask };
}

test('each question has one command and one call of the API', async () => {
  const { installation, config, app, ask } = await installed();
  const warmed = async () => {
    const { run } = await app.verbs.warm({ force: true });
    const look = () => app.verbs.run(run.id);
    return until('the end of the run', look, ({ state }) => state === 'ended');
  };
  installation.origin.answer(json({ name: 'One' }));
  await warmed();
  // The first market is well, and the second is refused for good from now on.
  installation.origin.answer((response, asked) =>
    (asked.url === '/2' ? status(400) : json({ name: 'One' }))(response, asked),
  );
  const run = await warmed();
  // A process reports its calls a moment later.
  const used = async () => (await app.verbs.budget('markets')).origins[0]?.total.calls;
  await until('all calls on record', used, (calls) => calls === 4);
  for (const { asks, command, call, says, gives } of QUESTIONS) {
    const answer = await ask(...call(run.id));
    expect(answer, asks).toMatchObject(gives);
    const { out, err } = await startCommand(config, command(run.id)).ended;
    expect(`${out}${err}`, asks).toMatch(says);
  }
});

test('can I stop it now? A run that is held up ends at once, by command and by API, and says how far it came', async () => {
  const { installation, config, app, ask } = await installed();
  const redis = connectRedis(installation.server.url);
  await redis.hset(LEDGER, { pausedUntil: String(Date.now() + 600_000), reason: 'answered 429' });
  const [first, second] = [await app.verbs.warm({}), await app.verbs.warm({ force: true })];
  for (const { run } of [first, second])
    await until(
      'its plan',
      () => app.verbs.run(run.id),
      ({ total }) => total === 2,
    );
  const { out } = await startCommand(config, ['runs', 'stop', first.run.id]).ended;
  expect(out).toMatch(/stop/);
  await ask('POST', `/v1/runs/${second.run.id}/stop`);
  for (const { run } of [first, second]) {
    const ended = await until(
      'its end',
      () => app.verbs.run(run.id),
      ({ state }) => state === 'ended',
    );
    expect(ended).toMatchObject({ endedReason: 'stopped', counts: { cancelled: 2 } });
  }
});
