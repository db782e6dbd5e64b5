/** A user with exactly the documented rules can do everything; one who lacks a rule is told which. */
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { permissionRules } from '../../src/redis/permissions.ts';
import { install, start } from '../support/build-installation.ts';
import { findingOf } from '../support/findings.ts';
import { connectRedis } from '../support/redis.ts';
import { json } from '../support/scripted-server.ts';

const RULES = permissionRules({ records: 'forewarm', entries: 'fw:' });

/** `entries`: the rules of another user, for entries only. */
async function setup(
  rules: readonly string[],
  roles: Parameters<typeof start>[1] = [],
  entries?: readonly string[],
) {
  const installation = await install({ aof: true });
  installation.origin.answer(json({ name: 'One' }));
  const admin = connectRedis(installation.server.url);
  onTestFinished(() => admin.disconnect());
  await admin.call('ACL', 'SETUSER', 'app', 'on', '>pw', ...rules);
  if (entries !== undefined) await admin.call('ACL', 'SETUSER', 'entries', 'on', '>pw', ...entries);
  await admin.call('ACL', 'LOG', 'RESET');
  const jobs = installation.server.url.replace('redis://', 'redis://app:pw@');
  const schedules = { often: { cron: '0 0 1 1 *', warm: 'source=profile' } };
  const cache =
    entries === undefined ? '' : installation.server.url.replace('redis://', 'redis://entries:pw@');
  const app = await start(installation, roles, { redis: { jobs, cache }, schedules });
  return { app, admin };
}

test('the documented rules are those that the program needs', async () => {
  const page = await readFile('docs/operations.md', 'utf8');
  const quoted = RULES.map((rule) => (rule.startsWith('~') ? `'${rule}'` : rule)).join(' ');
  expect(page.replaceAll(/ \\\n\s*/g, ' ')).toContain(`ACL SETUSER forewarm on '>PASSWORD' ${quoted}`);
});

const RECORDS = RULES.filter((rule) => rule !== '~fw:*');
const ENTRIES = RULES.filter((rule) => !rule.startsWith('~') || rule === '~fw:*');

test.each([
  ['one user', RULES, undefined],
  ['one for records and one for entries', RECORDS, ENTRIES],
])('%s with these rules can do everything, and nothing is refused', async (_, rules, entries) => {
  const { app, admin } = await setup(rules, ['worker', 'scheduler', 'api'], entries);
  const { verbs } = app;
  const { run } = await verbs.warm({ selector: 'source=profile' }, 'api');
  for await (const seen of verbs.watchRun(run.id, AbortSignal.timeout(20_000)))
    if (seen.state === 'ended') break;
  expect(await verbs.run(run.id)).toMatchObject({ state: 'ended', counts: { warmed: 2 } });
  await verbs.invalidate({ selector: 'key=profile:1', mode: 'drop', dryRun: false, rewarm: true }, 'api');
  await verbs.invalidate({ selector: 'source=profile', mode: 'stale', dryRun: false, rewarm: false }, 'api');
  await verbs.gc();
  await verbs.runs(10, undefined);
  await verbs.schedules();
  await verbs.pauseSchedules(
    { names: ['often'], kinds: [], all: false },
    { why: 'test', for: 60_000, until: null },
    'somebody',
  );
  const why = { why: 'test' };
  await verbs.resumeSchedules({ names: ['often'], kinds: [], all: false }, why, 'somebody');
  await verbs.skipTick('often', { at: null, why: '', undo: false }, 'somebody');
  await verbs.trigger('often', why, 'somebody');
  await verbs.schedule('often', 10);
  await verbs.deadLetters({ limit: 10 });
  await verbs.stats();
  await verbs.clear({ mode: 'drop', rewarm: false }, 'api');
  const { findings, unexamined } = await verbs.doctor();
  expect(findings.find(({ check }) => check === 'redis-permissions')).toMatchObject({ level: 'ok' });
  expect([findings.filter(({ level }) => level === 'problem'), unexamined]).toEqual([[], []]);
  expect(await admin.call('ACL', 'LOG')).toEqual([]);
});

test.each([
  ['the names of lanes', (rule: string) => !rule.startsWith('~{'), /key/],
  ['scripts', (rule: string) => rule !== '+@scripting', /'eval'.*'evalsha'/],
  ['the time', (rule: string) => rule !== '+time', /time/],
])('doctor says that %s are not allowed, and names the rules', async (_, keep, says) => {
  const { app } = await setup(RULES.filter(keep));
  const found = await findingOf(app, 'redis-permissions');
  expect(found).toMatchObject({ level: 'problem', finding: expect.stringMatching(says) });
  expect(found?.remedy).toContain('~{forewarm:q:*');
});
